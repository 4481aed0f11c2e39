import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeLog, encodeLogFrame } from '@velocity/artifact';

const frames = fc.array(
  fc.record({ stream: fc.constantFrom('stdout' as const, 'stderr' as const), data: fc.uint8Array({ maxLength: 300 }) }),
);

async function decode(chunks: Iterable<Uint8Array>): Promise<{ stdout: string; stderr: string; order: string }> {
  const texts = { stdout: '', stderr: '', order: '' };
  for await (const { stream, data } of decodeLog(chunks)) {
    texts[stream] += Buffer.from(data).toString('hex');
    texts.order += `${stream} `.repeat(data.byteLength);
  }
  return texts;
}

test('a frame is eight bytes and the data', () => {
  expect(Buffer.from(encodeLogFrame('stderr', Buffer.from('hi'))).toString('hex')).toBe('02000000000000026869');
});

test('streams and their order come back, however the bytes are cut', async () => {
  await fc.assert(
    fc.asyncProperty(frames, fc.integer({ min: 1, max: 20 }), async (list, pieceSize) => {
      const bytes = Buffer.concat(list.map(({ stream, data }) => encodeLogFrame(stream, data)));
      const pieces = [];
      for (let start = 0; start < bytes.length; start += pieceSize)
        pieces.push(bytes.subarray(start, start + pieceSize));
      const whole = { stdout: '', stderr: '', order: '' };
      for (const { stream, data } of list) {
        whole[stream] += Buffer.from(data).toString('hex');
        whole.order += `${stream} `.repeat(data.byteLength);
      }
      expect(await decode(pieces)).toEqual(whole);
    }),
  );
});

test('a log that ends within a frame, or holds none, is corrupt', async () => {
  const frame = encodeLogFrame('stdout', Buffer.from('hello'));
  for (const length of [1, 7, 8, 12]) {
    await expect(decode([frame.subarray(0, length)])).rejects.toMatchObject({ code: 'ARTIFACT_CORRUPT' });
  }
  for (const bytes of ['plain text', '\u0003\0\0\0\0\0\0\u0001x', '\u0001\0\u0001\0\0\0\0\u0001x']) {
    await expect(decode([Buffer.from(bytes)])).rejects.toMatchObject({ code: 'ARTIFACT_CORRUPT' });
  }
});

test('a frame that claims 4 GiB is passed on as it comes, not gathered', async () => {
  const head = Buffer.from([1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]);
  const decoded = decodeLog([head, Buffer.from('abc')]);
  expect(await decoded.next()).toMatchObject({ done: false, value: { stream: 'stdout' } });
});
