import { digestOf } from '@velocity/core';
import type { ArtifactDescription } from '@velocity/artifact';
import { storedFrame } from '../forge.js';
import { honestStream, MIB, type Cases } from './hostile-case.js';

const describing =
  (changes: object) =>
  (honest: ArtifactDescription): unknown => ({ ...honest, ...changes });
const describingBlob =
  (changes: object) =>
  (honest: ArtifactDescription): unknown => ({
    ...honest,
    blobs: honest.blobs.map((blob) => ({ ...blob, ...changes })),
  });

const stored = storedFrame(honestStream);

/** Lies about an artifact before any of it is fetched, and blobs that are not what was said. */
export const DESCRIPTION_CASES: Cases = {
  'no blobs': ['ARTIFACT_CORRUPT', () => ({ describe: describing({ blobs: [] }) })],
  'blobs that are no list': ['ARTIFACT_CORRUPT', () => ({ describe: describing({ blobs: 'x' }) })],
  '20,000 blobs': [
    'ARTIFACT_TOO_LARGE',
    () => ({ describe: (honest) => ({ ...honest, blobs: Array(20_000).fill(honest.blobs[0]) }) }),
  ],
  'a million entries, as said': ['ARTIFACT_TOO_LARGE', () => ({ describe: describing({ entryCount: 1_000_000 }) })],
  'a terabyte, as said': ['ARTIFACT_TOO_LARGE', () => ({ describe: describing({ outputSize: 1e12 }) })],
  'a negative count': ['ARTIFACT_CORRUPT', () => ({ describe: describing({ entryCount: -1 }) })],
  'a fraction of a byte': ['ARTIFACT_CORRUPT', () => ({ describe: describing({ outputSize: 0.5 }) })],
  'a manifest digest that is none': ['ARTIFACT_CORRUPT', () => ({ describe: describing({ manifestDigest: '../x' }) })],
  'a blob digest that is none': ['ARTIFACT_CORRUPT', () => ({ describe: describingBlob({ digest: 'x'.repeat(64) }) })],
  'a blob of no bytes': ['ARTIFACT_CORRUPT', () => ({ describe: describingBlob({ size: 0 }) })],
  'a blob of NaN bytes': ['ARTIFACT_CORRUPT', () => ({ describe: describingBlob({ size: Number.NaN }) })],
  'a blob that unpacks to nothing': ['ARTIFACT_CORRUPT', () => ({ describe: describingBlob({ unpackedSize: 0 }) })],
  'a blob that unpacks to a gigabyte': [
    'ARTIFACT_TOO_LARGE',
    () => ({ describe: describingBlob({ unpackedSize: 1024 ** 3 }) }),
  ],
  'a blob far longer than what it unpacks to': [
    'ARTIFACT_TOO_LARGE',
    () => ({ describe: describingBlob({ size: 100 * MIB }) }),
  ],
  'far more blobs than files': [
    'ARTIFACT_TOO_LARGE',
    () => ({
      describe: (honest) => ({
        ...honest,
        blobs: Array.from({ length: 1000 }, () => ({ ...honest.blobs[0], unpackedSize: 16 * MIB })),
      }),
    }),
  ],
  'another manifest': ['ARTIFACT_CORRUPT', () => ({ describe: describing({ manifestDigest: digestOf('other') }) })],
  'one entry more than said': ['ARTIFACT_CORRUPT', () => ({ describe: describing({ entryCount: 0 }) })],
  'one entry less than said': ['ARTIFACT_CORRUPT', () => ({ describe: describing({ entryCount: 2 }) })],
  'more bytes than said': ['ARTIFACT_CORRUPT', () => ({ describe: describing({ outputSize: 0 }) })],
  'less bytes than said': ['ARTIFACT_CORRUPT', () => ({ describe: describing({ outputSize: 2 }) })],
  'a blob that unpacks to one byte more': [
    'ARTIFACT_CORRUPT',
    () => ({ describe: describingBlob({ unpackedSize: honestStream.length + 1 }) }),
  ],
  'a blob that unpacks to one byte less': [
    'ARTIFACT_CORRUPT',
    () => ({ describe: describingBlob({ unpackedSize: honestStream.length - 1 }) }),
  ],
  'a blob of one byte less': ['ARTIFACT_CORRUPT', () => ({ describe: describingBlob({ size: stored.length - 1 }) })],
  'a blob of one byte more': ['ARTIFACT_CORRUPT', () => ({ describe: describingBlob({ size: stored.length + 1 }) })],
  'a blob with another digest': [
    'ARTIFACT_CORRUPT',
    () => ({ describe: describingBlob({ digest: digestOf('other') }) }),
  ],
};
