import { rawBlock, rawBlocks, rawFrame, runs, storedFrame, type Forgery } from '../forge.js';
import { HEAD, honestStream, MIB, type Cases } from './hostile-case.js';

const oneFrame = (bytes: Buffer, unpackedSize = honestStream.length): Forgery => ({
  frames: [{ bytes, unpackedSize }],
});
const contentSize = honestStream.length;
const blocks = rawBlocks(honestStream);
const stored = storedFrame(honestStream);
const skippable = (nibble: number, content = ''): Buffer => {
  const header = Buffer.alloc(8);
  header.writeUInt32LE(0x184d2a50 + nibble);
  header.writeUInt32LE(content.length, 4);
  return Buffer.concat([header, Buffer.from(content)]);
};
const hex = (text: string): Forgery => oneFrame(Buffer.concat([Buffer.from(text, 'hex'), stored]));
/** Compressed blocks that say 128 KiB of one byte: literals by run length, no sequences (RFC 8878, 3.1.1.3.1). */
const repeated = (count: number): Buffer => {
  const literals = Buffer.alloc(3);
  literals.writeUIntLE((131_072 << 4) | 0b1101, 0, 3);
  const content = [...literals, 0x41, 0];
  return Buffer.concat([Buffer.alloc(8 * count, rawBlock(2, 5, false, content)), rawBlock(0, 0, true, [])]);
};

/** What is no single sound zstd frame for the bytes that it should be for. */
export const FRAME_CASES: Cases = {
  'no zstd at all': ['ARTIFACT_CORRUPT', () => oneFrame(Buffer.from('plain text, not zstd'))],
  'a gzip file': ['ARTIFACT_CORRUPT', () => hex('1f8b0800000000000003')],
  'an xz file': ['ARTIFACT_CORRUPT', () => hex('fd377a585a00')],
  'an lz4 file': ['ARTIFACT_CORRUPT', () => hex('04224d18')],
  'a bzip2 file': ['ARTIFACT_CORRUPT', () => hex('425a6839')],
  'a zip file': ['ARTIFACT_CORRUPT', () => hex('504b0304')],
  'a plain tar file': ['ARTIFACT_CORRUPT', () => oneFrame(honestStream)],
  'an old zstd frame (v0.1)': ['ARTIFACT_CORRUPT', () => hex('fd2fb51e')],
  'an old zstd frame (v0.7)': [
    'ARTIFACT_CORRUPT',
    () => oneFrame(rawFrame({ contentSize, magic: 0xfd2fb527 }, blocks)),
  ],
  'a dictionary file': ['ARTIFACT_CORRUPT', () => hex('37a430ec')],
  'five bytes': ['ARTIFACT_CORRUPT', () => oneFrame(stored.subarray(0, 5))],
  'a header alone': ['ARTIFACT_CORRUPT', () => oneFrame(stored.subarray(0, 14))],
  'a skippable frame first': ['ARTIFACT_CORRUPT', () => oneFrame(Buffer.concat([skippable(0), stored]))],
  'a skippable frame last': ['ARTIFACT_CORRUPT', () => oneFrame(Buffer.concat([stored, skippable(15, 'x')]))],
  'a skippable frame alone': ['ARTIFACT_CORRUPT', () => oneFrame(skippable(7, 'outputs'))],
  'a skippable frame between two halves': [
    'ARTIFACT_CORRUPT',
    () => oneFrame(Buffer.concat([storedFrame(HEAD), skippable(3), storedFrame(honestStream.subarray(HEAD.length))])),
  ],
  'a skippable frame that claims 4 GiB': [
    'ARTIFACT_CORRUPT',
    () => oneFrame(Buffer.concat([Buffer.from('502a4d18ffffffff', 'hex'), stored])),
  ],
  'two frames': [
    'ARTIFACT_CORRUPT',
    () => oneFrame(Buffer.concat([storedFrame(HEAD), storedFrame(honestStream.subarray(HEAD.length))])),
  ],
  'the same frame twice': ['ARTIFACT_CORRUPT', () => oneFrame(Buffer.concat([stored, stored]), 2 * contentSize)],
  'an empty frame first': ['ARTIFACT_CORRUPT', () => oneFrame(Buffer.concat([storedFrame(Buffer.alloc(0)), stored]))],
  'twenty empty frames behind it': [
    'ARTIFACT_CORRUPT',
    () => oneFrame(Buffer.concat([stored, ...Array.from({ length: 20 }, () => storedFrame(Buffer.alloc(0)))])),
  ],
  'bytes behind the frame': ['ARTIFACT_CORRUPT', () => oneFrame(Buffer.concat([stored, Buffer.from('x')]))],
  'zeros behind the frame': ['ARTIFACT_CORRUPT', () => oneFrame(Buffer.concat([stored, Buffer.alloc(4)]))],
  'half a frame': ['ARTIFACT_CORRUPT', () => oneFrame(stored.subarray(0, stored.length / 2))],
  'a frame but for its last byte': ['ARTIFACT_CORRUPT', () => oneFrame(stored.subarray(0, -1))],
  'a frame without its last block': [
    'ARTIFACT_CORRUPT',
    () => oneFrame(rawFrame({ contentSize }, rawBlock(0, contentSize, false, honestStream))),
  ],
  'a frame of no blocks': ['ARTIFACT_CORRUPT', () => oneFrame(rawFrame({ contentSize }))],
  'a window of 2 GiB': ['ARTIFACT_CORRUPT', () => oneFrame(rawFrame({ contentSize, window: 21 << 3 }, blocks))],
  'the largest window there is': ['ARTIFACT_CORRUPT', () => oneFrame(rawFrame({ contentSize, window: 0xff }, blocks))],
  'a window of 128 MiB': ['ARTIFACT_CORRUPT', () => oneFrame(rawFrame({ contentSize, window: 17 << 3 }, blocks))],
  'a window of 16 MiB': ['ARTIFACT_CORRUPT', () => oneFrame(rawFrame({ contentSize, window: 14 << 3 }, blocks))],
  'a window of 9 MiB': ['ARTIFACT_CORRUPT', () => oneFrame(rawFrame({ contentSize, window: (13 << 3) | 1 }, blocks))],
  'a single segment of 12 MiB': [
    'ARTIFACT_CORRUPT',
    () => oneFrame(rawFrame({ contentSize: 12 * MIB, window: undefined }, blocks), 12 * MIB),
  ],
  'a dictionary': ['ARTIFACT_CORRUPT', () => oneFrame(rawFrame({ contentSize, bits: 1, dictionary: [7] }, blocks))],
  'a dictionary of four bytes': [
    'ARTIFACT_CORRUPT',
    () => oneFrame(rawFrame({ contentSize, bits: 3, dictionary: [1, 2, 3, 4] }, blocks)),
  ],
  'a reserved bit': ['ARTIFACT_CORRUPT', () => oneFrame(rawFrame({ contentSize, bits: 8 }, blocks))],
  'no content size': ['ARTIFACT_CORRUPT', () => oneFrame(rawFrame({ contentSize: undefined }, blocks))],
  'a content size of 0': ['ARTIFACT_CORRUPT', () => oneFrame(rawFrame({ contentSize: 0 }, blocks))],
  'a content size that lies by one more': [
    'ARTIFACT_CORRUPT',
    () => oneFrame(rawFrame({ contentSize: contentSize + 1 }, blocks)),
  ],
  'a content size that lies by one less': [
    'ARTIFACT_CORRUPT',
    () => oneFrame(rawFrame({ contentSize: contentSize - 1 }, blocks)),
  ],
  'a content size of 2^64 - 1': ['ARTIFACT_CORRUPT', () => oneFrame(rawFrame({ contentSize: 2n ** 64n - 1n }, blocks))],
  'a content size that is right only in its low words': [
    'ARTIFACT_CORRUPT',
    () => oneFrame(rawFrame({ contentSize: 2n ** 32n + BigInt(contentSize) }, blocks)),
  ],
  'a checksum that is wrong': [
    'ARTIFACT_CORRUPT',
    () => oneFrame(rawFrame({ contentSize, bits: 4 }, blocks, Buffer.from('abcd'))),
  ],
  'a checksum that is missing': ['ARTIFACT_CORRUPT', () => oneFrame(rawFrame({ contentSize, bits: 4 }, blocks))],
  'a checksum that nobody announced': [
    'ARTIFACT_CORRUPT',
    () => oneFrame(rawFrame({ contentSize }, blocks, Buffer.from('abcd'))),
  ],
  'a reserved block type': [
    'ARTIFACT_CORRUPT',
    () => oneFrame(rawFrame({ contentSize: 1 }, rawBlock(3, 1, true, [0])), 1),
  ],
  'a block above 128 KiB': [
    'ARTIFACT_CORRUPT',
    () => oneFrame(rawFrame({ contentSize: 131_073 }, rawBlock(1, 131_073, true, [0])), 131_073),
  ],
  'a block that ends behind the frame': [
    'ARTIFACT_CORRUPT',
    () => oneFrame(rawFrame({ contentSize }, rawBlock(0, contentSize + 1, true, honestStream))),
  ],
  'a block larger than the window': [
    'ARTIFACT_CORRUPT',
    () => oneFrame(rawFrame({ contentSize: 100_000, window: 0 }, rawBlock(1, 100_000, true, [0])), 100_000),
  ],
  'a garbage block': [
    'ARTIFACT_CORRUPT',
    () => oneFrame(rawFrame({ contentSize }, rawBlock(2, 40, true, Buffer.alloc(40, 0xff)))),
  ],
  'a compressed block of no bytes': [
    'ARTIFACT_CORRUPT',
    () => oneFrame(rawFrame({ contentSize }, rawBlock(2, 0, true, []))),
  ],
  'a compressed block that repeats a table there is none of': [
    'ARTIFACT_CORRUPT',
    () => oneFrame(rawFrame({ contentSize }, rawBlock(2, 5, true, [0x03, 0, 0, 0xff, 0xff]))),
  ],
  'a bomb of runs: 100 GB from 3 MB': [
    'ARTIFACT_CORRUPT',
    () => oneFrame(rawFrame({ contentSize: 16 * MIB }, runs(800_000 * 131_072)), 16 * MIB),
  ],
  'a bomb of runs that says its 100 GB': [
    'ARTIFACT_CORRUPT',
    () => oneFrame(rawFrame({ contentSize: 800_000 * 131_072 }, runs(800_000 * 131_072)), 16 * MIB),
  ],
  'a bomb of compressed blocks: 100 GB from 6 MB': [
    'ARTIFACT_CORRUPT',
    () => oneFrame(rawFrame({ contentSize: 16 * MIB }, repeated(800_000)), 16 * MIB),
  ],
  'a bomb of one compressed block too many': [
    'ARTIFACT_CORRUPT',
    () => oneFrame(rawFrame({ contentSize: 16 * MIB }, repeated(129)), 16 * MIB),
  ],
  'a bomb of one run too many': [
    'ARTIFACT_CORRUPT',
    () => oneFrame(rawFrame({ contentSize: 16 * MIB }, runs(129 * 131_072)), 16 * MIB),
  ],
  'a run too few': [
    'ARTIFACT_CORRUPT',
    () => oneFrame(rawFrame({ contentSize: 16 * MIB }, runs(127 * 131_072)), 16 * MIB),
  ],
  'zeros that are as many as was said': [
    'ARTIFACT_CORRUPT',
    () => oneFrame(rawFrame({ contentSize: 16 * MIB }, runs(16 * MIB)), 16 * MIB),
  ],
  'a million empty blocks': [
    'ARTIFACT_CORRUPT',
    () =>
      oneFrame(
        rawFrame(
          { contentSize: 4 * MIB },
          Buffer.alloc(3_000_000, rawBlock(0, 0, false, [])),
          rawBlock(0, 0, true, []),
        ),
        4 * MIB,
      ),
  ],
  'a million runs of one byte': [
    'ARTIFACT_CORRUPT',
    () =>
      oneFrame(
        rawFrame(
          { contentSize: 1_000_000 },
          Buffer.alloc(4_000_000, rawBlock(1, 1, false, [0])),
          rawBlock(0, 0, true, []),
        ),
        4 * MIB,
      ),
  ],
};
