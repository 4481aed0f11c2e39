import { digestOf } from '@velocity/core';
import type { ArtifactDescription } from '@velocity/artifact';
import { END, framesOf, honestFile, openingText, rawHeader, rawMember, storedFrame, type Forgery } from '../forge.js';
import { log } from '../support.js';
import { clashingNames } from './clashing-names.js';
import { MIB, TEXT, type Cases } from './hostile-case.js';

/** Artifacts that are made to take memory, time or disk. Each is right in all but its last part, so that it is read that far. */

const LARGEST = 16 * MIB;
const padded = (index: number): string => String(index).padStart(6, '0');
const list = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

const fileLine = (path: string): string => JSON.stringify(honestFile(path, ''));
const folderLine = (path: string): string => JSON.stringify({ path, type: 'directory' });

/** A manifest of these lines, in blobs as large as they may be, with nothing behind it. */
const manifestOf = (lines: readonly string[], entryCount = lines.length, opening = openingText()): Forgery => ({
  frames: framesOf(rawMember({ name: 'velocity.json' }, `${opening}${lines.join(',\n')}\n]}}\n`), LARGEST),
  describe: (honest) => ({ ...honest, entryCount, outputSize: 0 }),
});
/** The same, where the last line is none. */
const spoilt = (lines: readonly string[]): Forgery => manifestOf([...lines.slice(0, -1), '{']);

const MANY = 200_000;
/** What a folder of many packages could look like. */
const modulePath = (index: number): string =>
  `dist/packages/component-${padded(index).slice(0, 3)}/lib/module-${padded(index)}.js`;

/** As much of their own as so many paths may have. */
const longestPath = (index: number): string => `${padded(index)}${'n'.repeat(40)}`;

/** A whole manifest of many files, and zeros in place of them. */
const manyThenZeros = (pathOf: (index: number) => string): Forgery => {
  const entries = list(MANY, (index) => honestFile(pathOf(index), ''));
  const metadata = `${openingText()}${entries.map((entry) => JSON.stringify(entry)).join(',\n')}\n]}}\n`;
  const head = Buffer.concat([rawMember({ name: 'velocity.json' }, metadata), rawMember({ name: 'log' }, log)]);
  const rest = { bytes: storedFrame(Buffer.alloc(LARGEST)), unpackedSize: LARGEST };
  return {
    entries,
    frames: [...framesOf(head, LARGEST), rest],
    describe: (honest) => {
      const missing = 512 * MANY + END.length - LARGEST;
      const blob = honest.blobs.at(-1);
      const sizes = [...Array<number>(Math.floor(missing / LARGEST)).fill(LARGEST), missing % LARGEST];
      return {
        ...honest,
        blobs: [...honest.blobs, ...sizes.map((unpackedSize) => ({ ...blob, size: 20, unpackedSize }))],
      };
    },
  };
};

const fingerprint = (text: string): Forgery => {
  const metadata = TEXT.replace(/"fingerprint":.*,"manifest"/, () => `"fingerprint":${text},"manifest"`);
  const wrongLog = Buffer.from(log).fill(0x78, 8, 12);
  const stream = Buffer.concat([rawMember({ name: 'velocity.json' }, metadata), rawMember({ name: 'log' }, wrongLog)]);
  return { frames: framesOf(Buffer.concat([stream, rawMember({ name: 'outputs/dist/a.js' }, 'a'), END]), LARGEST) };
};

/** A log that is not what was said in its last byte alone. */
const wrongAtItsEnd = (content: Buffer, segmentSize = LARGEST): Forgery => {
  const metadata = TEXT.replace(openingText(), () => openingText(content));
  const last = Buffer.from(content);
  last.writeUInt8((last.at(-1) ?? 0) ^ 1, last.length - 1);
  const stream = [rawMember({ name: 'velocity.json' }, metadata), rawMember({ name: 'log' }, last)];
  return {
    frames: framesOf(Buffer.concat([...stream, rawMember({ name: 'outputs/dist/a.js' }, 'a'), END]), segmentSize),
  };
};
const logFrame = (size: number): Buffer => {
  const header = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(size, 4);
  return Buffer.concat([header, Buffer.alloc(size, 'l')]);
};
const repeat = (piece: Buffer, size: number): Buffer =>
  Buffer.alloc(piece.length * Math.floor(size / piece.length), piece);
const LOG = repeat(logFrame(1000), 64 * MIB);

const largeFile = { path: 'dist/a', type: 'file', executable: false, size: 64 * MIB, digest: digestOf('other') };

export const BOMB_CASES: Cases = {
  'a million entries where 200,000 were said': [
    'ARTIFACT_CORRUPT',
    () =>
      manifestOf(
        list(1_000_000, (index) => folderLine(padded(index))),
        MANY,
      ),
  ],
  'a million entries, as it says': [
    'ARTIFACT_TOO_LARGE',
    () => manifestOf(list(1_000_000, (index) => folderLine(padded(index)))),
  ],
  'a million times the same entry': [
    'ARTIFACT_CORRUPT',
    () =>
      manifestOf(
        list(1_000_000, () => folderLine('a')),
        MANY,
      ),
  ],
  '200,000 entries and a broken one': [
    'ARTIFACT_CORRUPT',
    () => spoilt(list(MANY, (index) => fileLine(modulePath(index)))),
  ],
  '200,000 entries, then zeros': ['ARTIFACT_CORRUPT', () => manyThenZeros(modulePath)],
  '200,000 entries with the longest names, then zeros': ['ARTIFACT_CORRUPT', () => manyThenZeros(longestPath)],
  'the longest names that 200,000 entries may have': [
    'ARTIFACT_CORRUPT',
    () => spoilt(list(MANY, (index) => fileLine(longestPath(index)))),
  ],
  'names of more than 8 MiB': [
    'ARTIFACT_TOO_LARGE',
    () => spoilt(list(MANY, (index) => fileLine(`${padded(index)}${'n'.repeat(80)}`))),
  ],
  'paths of 1,000 bytes that share nothing': [
    'ARTIFACT_TOO_LARGE',
    () => spoilt(list(40_000, (index) => fileLine(`${padded(index)}/${`${'n'.repeat(240)}/`.repeat(4)}x`))),
  ],
  'paths of 1,000 bytes that share all but their ends': [
    'ARTIFACT_CORRUPT',
    () => spoilt(list(40_000, (index) => fileLine(`${`\u4e00${'n'.repeat(230)}/`.repeat(4)}${padded(index)}`))),
  ],
  'links of 1,000 bytes': [
    'ARTIFACT_TOO_LARGE',
    () =>
      spoilt(
        list(30_000, (index) => JSON.stringify({ path: padded(index), type: 'symlink', target: 't'.repeat(1000) })),
      ),
  ],
  '200,000 folders above 3,200 entries': [
    'ARTIFACT_CORRUPT',
    () => spoilt(list(3200, (index) => fileLine(`${padded(index)}/${'ÀBCDEFGHIJKL/'.repeat(61)}x`))),
  ],
  'more folders than there may be': [
    'ARTIFACT_TOO_LARGE',
    () => spoilt(list(3400, (index) => fileLine(`${padded(index)}/${'x/'.repeat(61)}y`))),
  ],
  'names that are slow to tell apart': [
    'ARTIFACT_TOO_LARGE',
    () => spoilt(clashingNames(300).map((name) => folderLine(name))),
  ],
  'metadata of 49 MiB': [
    'ARTIFACT_CORRUPT',
    () => ({
      frames: framesOf(Buffer.concat([rawHeader({ name: 'velocity.json', size: 49 * MIB }), Buffer.alloc(MIB)])),
    }),
  ],
  'a fingerprint of 390,000 keys': [
    'ARTIFACT_CORRUPT',
    () => fingerprint(`{${list(390_000, (index) => `"${index.toString(36)}${'k'.repeat(30)}":0`).join(',')}}`),
  ],
  'a fingerprint of 190,000 shapes': [
    'ARTIFACT_CORRUPT',
    () => fingerprint(`[${list(190_000, (index) => `{"${index.toString(36)}":0}`).join(',')}]`),
  ],
  'a fingerprint of half a million values': [
    'ARTIFACT_TOO_LARGE',
    () => fingerprint(`[${list(500_000, () => '0').join(',')}]`),
  ],
  'a fingerprint of one long text, half of it wide': [
    'ARTIFACT_CORRUPT',
    () => fingerprint(`"${'\u4e00'.repeat(2_500_000)}${'x'.repeat(8_000_000)}"`),
  ],
  'a fingerprint of 2,500,000 escapes': ['ARTIFACT_CORRUPT', () => fingerprint(`"${'\\u4e00'.repeat(2_500_000)}"`)],
  'a fingerprint of 15 MB of blanks': ['ARTIFACT_CORRUPT', () => fingerprint(`${' '.repeat(15_000_000)}0`)],
  'a fingerprint of 15 MB of digits': ['ARTIFACT_CORRUPT', () => fingerprint('1'.repeat(15_000_000))],
  'a log of 1,800,000 frames of one byte': [
    'ARTIFACT_CORRUPT',
    () => wrongAtItsEnd(repeat(logFrame(1), LARGEST)),
    { honestBytes: LARGEST },
  ],
  'a log of two million empty frames': [
    'ARTIFACT_CORRUPT',
    () => wrongAtItsEnd(repeat(logFrame(0), LARGEST)),
    { honestBytes: LARGEST },
  ],
  'a log of 64 MiB in the largest blobs': ['ARTIFACT_CORRUPT', () => wrongAtItsEnd(LOG), { honestBytes: LOG.length }],
  'a log of 64 MiB in blobs of 60 kB': [
    'ARTIFACT_CORRUPT',
    () => wrongAtItsEnd(LOG, 60_000),
    { honestBytes: LOG.length },
  ],
  'a log of 64 MiB in blobs of 70 kB': [
    'ARTIFACT_CORRUPT',
    () => wrongAtItsEnd(LOG, 70_000),
    { honestBytes: LOG.length },
  ],
  'a log of 64 MiB in blobs of 5 MB': [
    'ARTIFACT_CORRUPT',
    () => wrongAtItsEnd(LOG, 5_000_000),
    { honestBytes: LOG.length },
  ],
  'a log in blobs of one byte': ['ARTIFACT_CORRUPT', () => wrongAtItsEnd(logFrame(1000), 1), { honestBytes: 1008 }],
  'a log of more than may be': [
    'ARTIFACT_CORRUPT',
    () => ({
      metadata: TEXT.replace(openingText(), () =>
        openingText(log, { log: { size: 256 * MIB + 1, digest: digestOf(log) } }),
      ),
    }),
  ],
  'a log that goes on for 64 MiB behind what was said': [
    'ARTIFACT_CORRUPT',
    () => ({ logMember: rawMember({ name: 'log' }, LOG) }),
  ],
  'a file of 64 MiB that is another': [
    'ARTIFACT_CORRUPT',
    () => ({
      entries: [largeFile],
      members: Buffer.concat([rawMember({ name: 'outputs/dist/a' }, Buffer.alloc(64 * MIB)), END]),
    }),
    { honestBytes: 64 * MIB },
  ],
  'a file of 64 MiB where a byte was said': [
    'ARTIFACT_CORRUPT',
    () => ({ members: Buffer.concat([rawMember({ name: 'outputs/dist/a.js' }, Buffer.alloc(64 * MIB)), END]) }),
  ],
  'a file of 64 MiB that says it is one byte, in its header alone': [
    'ARTIFACT_CORRUPT',
    () => ({
      entries: [largeFile],
      members: Buffer.concat([rawHeader({ name: 'outputs/dist/a', size: 1 }), Buffer.alloc(64 * MIB), END]),
    }),
  ],
  '64 MiB behind the end': ['ARTIFACT_CORRUPT', () => ({ members: Buffer.concat([END, Buffer.alloc(64 * MIB)]) })],
  '16,000 blobs that are one': [
    'ARTIFACT_CORRUPT',
    () => ({
      describe: (honest: ArtifactDescription) => ({
        ...honest,
        blobs: Array.from({ length: 16_000 }, () => ({ ...honest.blobs[0], unpackedSize: 4096 })),
      }),
    }),
  ],
};
