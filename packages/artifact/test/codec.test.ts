import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createWasmCodec, selectCodec } from '@velocity/artifact';
import { rawBlock, rawFrame } from './forge.js';
import { codecs, native, noise, wasm } from './support.js';

const TEXT = Buffer.alloc(3_000_000, 'export const value = 1; // and so on\n');
const SAMPLES: readonly Buffer[] = [Buffer.from('x'), TEXT, noise(700_000), Buffer.alloc(16 * 1024 ** 2)];

const zstd = spawnSync('zstd', ['--version']).status === 0;
const CORRUPT = { code: 'ARTIFACT_CORRUPT' };

test('the native codec is taken where the runtime has one', () => {
  expect(selectCodec().name).toBe(native === undefined ? 'wasm' : 'native');
});

test('the first small segments that the wasm codec is given are stored as they are, in frames that every codec reads', async () => {
  const own = createWasmCodec();
  const data = Buffer.alloc(100_000, 'text that is easily made smaller ');
  const sizes: number[] = [];
  for (let count = 0; count < 7; count++) {
    const frame = await own.compress(data, 3);
    sizes.push(frame.byteLength);
    for (const codec of [...codecs, own])
      expect(Buffer.from(await codec.decompress(frame, data.length)).equals(data)).toBe(true);
    if (zstd) expect(execFileSync('zstd', ['-dc'], { input: frame }).equals(data)).toBe(true);
  }
  expect(sizes.slice(0, 5)).toEqual(Array.from({ length: 5 }, () => data.length + 13));
  expect(Math.max(...sizes.slice(5))).toBeLessThan(1000);
});

test('what cannot be made smaller is stored as it is by the wasm codec, too, in frames that every codec reads', async () => {
  const own = createWasmCodec();
  for (const size of [65_536, 131_072, 131_073, 16 * 1024 ** 2]) {
    const data = noise(size);
    const frame = await own.compress(data, 3);
    expect(frame.byteLength).toBe(10 + 3 * Math.ceil(size / 131_072) + size);
    for (const codec of [...codecs, own])
      expect(Buffer.from(await codec.decompress(frame, size)).equals(data)).toBe(true);
    if (zstd) expect(execFileSync('zstd', ['-dc'], { input: frame, maxBuffer: 2 ** 26 }).equals(data)).toBe(true);
  }
});

test.each<[string, Buffer]>([
  ['text', TEXT],
  ['bytes that are all as frequent, and come up again', Buffer.alloc(4_000_000, noise(50_000))],
  ['a count', Buffer.from(Uint32Array.from({ length: 500_000 }, (_, index) => index).buffer)],
  ['base64', Buffer.from(noise(1_000_000).toString('base64'))],
])('what can be made smaller is: %s', async (_name, data) => {
  const own = createWasmCodec();
  expect((await own.compress(data, 3)).byteLength).toBeLessThan(data.byteLength * 0.8);
});

describe.each(codecs)('$name', (codec) => {
  test.each(codecs)('what it compresses, $name decompresses', async (other) => {
    for (const data of SAMPLES) {
      const frame = await codec.compress(data, 3);
      expect(Buffer.from(await other.decompress(frame, data.length)).equals(data)).toBe(true);
    }
  });

  test('levels beyond its own are taken for the nearest it has', async () => {
    for (const level of [-5, 0, 1, 19, 22]) {
      const frame = await codec.compress(TEXT, level);
      expect(Buffer.from(await codec.decompress(frame, TEXT.length)).equals(TEXT)).toBe(true);
    }
  });

  (zstd ? test : test.skip)('the zstd command reads its frames, and it reads those of the command', async () => {
    for (const data of SAMPLES) {
      const frame = await codec.compress(data, 3);
      expect(execFileSync('zstd', ['-dc'], { input: frame, maxBuffer: 2 ** 26 }).equals(data)).toBe(true);
      for (const flags of [['-1'], ['-19', '--check'], ['--no-check']]) {
        const args = [...flags, `--stream-size=${data.length}`, '-c'];
        const foreign = execFileSync('zstd', args, { input: data, maxBuffer: 2 ** 26 });
        expect(Buffer.from(await codec.decompress(foreign, data.length)).equals(data)).toBe(true);
      }
    }
  });

  (zstd ? test : test.skip)(
    'a frame that does not say its size is refused: it would take a window of memory more',
    async () => {
      const frame = execFileSync('zstd', ['--no-content-size', '-c'], { input: TEXT, maxBuffer: 2 ** 26 });
      await expect(codec.decompress(frame, TEXT.length)).rejects.toMatchObject(CORRUPT);
    },
  );

  test('pieces are the whole, in order, and what their reader throws comes through', async () => {
    for (const data of SAMPLES) {
      const frame = await codec.compress(data, 3);
      const pieces: Buffer[] = [];
      await codec.decompressTo(frame, data.length, (piece) => pieces.push(Buffer.from(piece)));
      expect(Buffer.concat(pieces).equals(data)).toBe(true);
      const failure = new Error('enough');
      const reading = codec.decompressTo(frame, data.length, () => {
        throw failure;
      });
      await expect(reading).rejects.toBe(failure);
    }
    const frame = await codec.compress(TEXT, 3);
    const cut = Buffer.from(frame).fill(0xff, frame.length / 2);
    await expect(codec.decompressTo(cut, TEXT.length, () => {})).rejects.toMatchObject(CORRUPT);
  });

  (zstd ? test : test.skip)('a frame that needs a window above 8 MiB is refused', async () => {
    const data = noise(12 * 1024 ** 2);
    const frame = execFileSync('zstd', ['--long=27', '-c'], { input: data, maxBuffer: 2 ** 26 });
    await expect(codec.decompress(frame, data.length)).rejects.toMatchObject(CORRUPT);
  });

  test('a frame for another number of bytes is refused', async () => {
    const frame = await codec.compress(TEXT, 3);
    for (const size of [1, TEXT.length - 1, TEXT.length + 1]) {
      await expect(codec.decompress(frame, size)).rejects.toMatchObject(CORRUPT);
    }
  });

  test('two frames, a skippable frame, trailing bytes and nothing at all are refused', async () => {
    const frame = Buffer.from(await codec.compress(Buffer.from('hello'), 3));
    const skippable = Buffer.from('50 2a 4d 18 04 00 00 00 01 02 03 04'.replaceAll(' ', ''), 'hex');
    const all: readonly [Buffer, number][] = [
      [Buffer.concat([frame, frame]), 10],
      [Buffer.concat([frame, frame]), 5],
      [Buffer.concat([skippable, frame]), 5],
      [Buffer.concat([frame, skippable]), 5],
      [Buffer.concat([frame, Buffer.alloc(1)]), 5],
      [Buffer.alloc(0), 5],
      [Buffer.from('not zstd'), 5],
    ];
    for (const [bytes, size] of all) await expect(codec.decompress(bytes, size)).rejects.toMatchObject(CORRUPT);
  });

  test('a frame cut anywhere is refused', async () => {
    const data = Buffer.concat([Buffer.alloc(500, 'abc'), noise(400)]);
    const frame = await codec.compress(data, 3);
    for (let length = 0; length < frame.length; length++) {
      await expect(codec.decompress(frame.subarray(0, length), data.length)).rejects.toMatchObject(CORRUPT);
    }
  });

  test('a flipped bit gives the same bytes or is refused, and never breaks the codec', async () => {
    const data = Buffer.concat([TEXT.subarray(0, 2000), noise(600)]);
    const frame = Buffer.from(await codec.compress(data, 3));
    await fc.assert(
      fc.asyncProperty(fc.nat(frame.length * 8 - 1), async (bit) => {
        const broken = Buffer.from(frame);
        broken[bit >> 3] = (broken[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const result = await codec.decompress(broken, data.length).catch((error: unknown) => error);
        if (Buffer.isBuffer(result)) expect(result.length).toBe(data.length);
        else expect(result).toMatchObject(CORRUPT);
      }),
      { numRuns: 500 },
    );
    expect(Buffer.from(await codec.decompress(frame, data.length)).equals(data)).toBe(true);
  });

  test('a bomb is stopped at the size that was said', async () => {
    // One block of 128 KiB, 20,000 times: 2.6 GB from at most 500 kB.
    const run = rawBlock(1, 131_072, false, [0x41]);
    const end = rawBlock(0, 0, true, []);
    const frame = Buffer.from(await codec.compress(Buffer.alloc(256 * 1024, 'ab'), 3));
    const start = (frame[4] ?? 0) & 0x20 ? 9 : 10;
    const blockHeader = frame.readUIntLE(start, 3);
    expect((blockHeader >> 1) & 3).toBe(2);
    const compressed = frame.subarray(start, start + 3 + (blockHeader >> 3));
    for (const block of [run, compressed]) {
      const bomb = rawFrame({ contentSize: 4_000_000 }, ...Array.from({ length: 20_000 }, () => block), end);
      const before = process.memoryUsage().arrayBuffers;
      await expect(codec.decompress(bomb, 4_000_000)).rejects.toMatchObject(CORRUPT);
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1024 ** 2);
      const small = rawFrame({ contentSize: 256 * 1024 }, block, block, end);
      expect(await codec.decompress(small, 256 * 1024)).toHaveLength(256 * 1024);
    }
  });

  test('hundreds of segments go through one codec', async () => {
    for (let round = 0; round < 300; round++) {
      const data = noise(2000 + round, round);
      expect(Buffer.from(await codec.decompress(await codec.compress(data, 3), data.length)).equals(data)).toBe(true);
    }
  });
});

test('the WebAssembly codec states the content size, so that any decoder can allocate for it', async () => {
  const frame = Buffer.from(await wasm.compress(TEXT, 3));
  expect(frame.readUInt32LE(6)).toBe(TEXT.length);
});

test('several operations at once do not get into each other’s way', async () => {
  const all = Array.from({ length: 8 }, (_, index) => noise(1_500_000 + index, index));
  const results = await Promise.all(
    all.map(async (data) => Buffer.from(await wasm.decompress(await wasm.compress(data, 1), data.length)).equals(data)),
  );
  expect(results.every(Boolean)).toBe(true);
});
