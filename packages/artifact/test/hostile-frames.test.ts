import { HEAD, MIB, honestStream, testCases, type Cases } from './attempt.js';
import { storedFrame, type Forgery } from './forge.js';

const block = (type: number, size: number, isLast: boolean, content: readonly number[]): Buffer => {
  const header = Buffer.alloc(3);
  header.writeUIntLE((size << 3) | (type << 1) | (isLast ? 1 : 0), 0, 3);
  return Buffer.concat([header, Buffer.from(content)]);
};
const frame = (descriptor: number, window: readonly number[], ...blocks: readonly Buffer[]): Buffer =>
  Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, descriptor, ...window]), ...blocks]);
const oneFrame = (bytes: Buffer, unpackedSize = honestStream.length): Forgery => ({
  frames: [{ bytes, unpackedSize }],
});
const stored = storedFrame(honestStream);
const CASES: Cases = {
  'no zstd at all': ['ARTIFACT_CORRUPT', () => oneFrame(Buffer.from('plain text, not zstd'))],
  'a gzip file': ['ARTIFACT_CORRUPT', () => oneFrame(Buffer.from('1f8b0800000000000003', 'hex'))],
  'an old zstd frame (v0.7)': [
    'ARTIFACT_CORRUPT',
    () => oneFrame(Buffer.concat([Buffer.from([0x27]), stored.subarray(1)])),
  ],
  'a skippable frame first': [
    'ARTIFACT_CORRUPT',
    () => oneFrame(Buffer.concat([Buffer.from('502a4d1800000000', 'hex'), stored])),
  ],
  'two frames': [
    'ARTIFACT_CORRUPT',
    () => oneFrame(Buffer.concat([storedFrame(HEAD), storedFrame(honestStream.subarray(HEAD.length))])),
  ],
  'bytes behind the frame': ['ARTIFACT_CORRUPT', () => oneFrame(Buffer.concat([stored, Buffer.from('x')]))],
  'half a frame': ['ARTIFACT_CORRUPT', () => oneFrame(stored.subarray(0, stored.length / 2))],
  'a frame without its last block': ['ARTIFACT_CORRUPT', () => oneFrame(frame(0, [0x50], block(0, 1, false, [65])))],
  'a window of 2 GiB': ['ARTIFACT_CORRUPT', () => oneFrame(frame(0, [21 << 3], stored.subarray(6)))],
  'a window of 9 MiB': ['ARTIFACT_CORRUPT', () => oneFrame(frame(0, [(13 << 3) | 1], stored.subarray(6)))],
  'a single segment of 12 MiB': [
    'ARTIFACT_CORRUPT',
    () => oneFrame(frame(0xa0, [0, 0, 0xc0, 0], stored.subarray(6)), 12 * MIB),
  ],
  'a dictionary': ['ARTIFACT_CORRUPT', () => oneFrame(frame(1, [0x50, 7], stored.subarray(6)))],
  'a reserved bit': ['ARTIFACT_CORRUPT', () => oneFrame(frame(8, [0x50], stored.subarray(6)))],
  'a reserved block type': ['ARTIFACT_CORRUPT', () => oneFrame(frame(0, [0x50], block(3, 1, true, [0])))],
  'a block above 128 KiB': [
    'ARTIFACT_CORRUPT',
    () => oneFrame(frame(0, [0x50], block(1, 131_073, true, [0])), 131_073),
  ],
  'a content size that lies': ['ARTIFACT_CORRUPT', () => oneFrame(frame(0x80, [0x50, 1, 0, 0, 0], stored.subarray(6)))],
  'a checksum that is wrong': [
    'ARTIFACT_CORRUPT',
    () => oneFrame(Buffer.concat([frame(4, [0x50], stored.subarray(6)), Buffer.from('abcd')])),
  ],
  'a bomb of runs: 100 GB from 3 MB': [
    'ARTIFACT_CORRUPT',
    () =>
      oneFrame(
        frame(0, [0x50], Buffer.alloc(4 * 800_000, block(1, 131_072, false, [0])), block(0, 0, true, [])),
        16 * MIB,
      ),
  ],
  'a garbage block': ['ARTIFACT_CORRUPT', () => oneFrame(frame(0, [0x50], block(2, 40, true, Array(40).fill(0xff))))],
  'a million empty blocks': [
    'ARTIFACT_CORRUPT',
    () =>
      oneFrame(frame(0, [0x50], Buffer.alloc(3 * 1_000_000, block(0, 0, false, [])), block(0, 0, true, [])), 4 * MIB),
  ],
};

testCases(CASES);
