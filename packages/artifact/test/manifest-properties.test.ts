import { posix, win32 } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { digestOf, isVelocityError } from '@velocity/core';
import {
  manifestDigest,
  packArtifact,
  parseManifest,
  readArtifactHead,
  type Manifest,
  type ManifestEntry,
} from '@velocity/artifact';
import { tempDir } from '@velocity/testing';
import { anyPath, RUNS } from './arbitraries.js';
import { forge } from './forge.js';
import { codec, info, log, opener } from './support.js';

const platform = fc.constantFrom('linux' as const, 'win32' as const);

const anyEntry = fc.oneof(
  fc.record({
    path: anyPath,
    type: fc.constant('file'),
    executable: fc.boolean(),
    size: fc.nat(9),
    digest: fc.constant(digestOf('x')),
  }),
  fc.record({ path: anyPath, type: fc.constant('symlink'), target: anyPath }),
  fc.record({ path: anyPath, type: fc.constant('directory') }),
);
const byPath = (a: { path: string }, b: { path: string }): number => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0);
const anyEntries = fc.array(anyEntry, { maxLength: 6 }).map((list) => list.toSorted(byPath));

function judged(entries: readonly unknown[], on: NodeJS.Platform = process.platform): string {
  try {
    parseManifest({ version: 1, entries }, { platform: on });
    return 'accepted';
  } catch (error) {
    if (isVelocityError(error)) return error.code;
    throw error;
  }
}

/** Manifests that are accepted. */
const goodEntries = anyEntries.filter((entries) => judged(entries) === 'accepted') as unknown as fc.Arbitrary<
  readonly ManifestEntry[]
>;

/** What a reader of an artifact makes of its manifest, whose members need not be there. */
async function readEntries(entries: readonly unknown[]): Promise<readonly ManifestEntry[] | string> {
  const { description, blobs } = forge({ entries });
  try {
    const { metadata } = await readArtifactHead({ description, openBlob: opener(blobs), codec });
    return metadata.manifest.entries;
  } catch (error) {
    if (!isVelocityError(error)) throw error;
    // Only a manifest that was accepted is held against the sizes of the blobs.
    return /blobs unpack to/.test(error.message) ? 'accepted' : error.code;
  }
}

describe('manifests', () => {
  test('what is written is what is read, by the validator and from an artifact', async () => {
    await fc.assert(
      fc.asyncProperty(goodEntries, async (entries) => {
        const manifest: Manifest = { version: 1, entries };
        expect(parseManifest(JSON.parse(JSON.stringify(manifest)))).toEqual(manifest);
        const read = await readEntries(entries);
        if (read !== 'accepted') expect(read).toEqual(entries);
      }),
      RUNS,
    );
  });

  test('two of them have one digest when they are equal, and only then', () => {
    fc.assert(
      fc.property(goodEntries, goodEntries, (one, other) => {
        const [a, b] = [one, other].map((entries) => manifestDigest({ version: 1, entries }));
        expect(a === b).toBe(JSON.stringify(one) === JSON.stringify(other));
      }),
      RUNS,
    );
  });

  test('packing and unpacking come to the same verdict', async () => {
    await fc.assert(
      fc.asyncProperty(anyEntries, async (entries) => {
        const verdict = judged(entries);
        using dir = tempDir();
        const content = { size: log.length, digest: digestOf(log), chunks: () => [log] };
        const manifest = { version: 1, entries } as unknown as Manifest;
        const packing = packArtifact({ root: dir.path, manifest, info, log: content, codec });
        const packed = await packing.next().then(
          () => 'accepted',
          (error: { code: string }) => error.code,
        );
        // What is accepted is then not found on the disk.
        expect(packed).toBe(verdict === 'accepted' && entries.length > 0 ? 'INTEGRITY' : verdict);
        const read = await readEntries(entries);
        expect(typeof read === 'string' ? read : 'accepted').toBe(verdict);
      }),
      RUNS,
    );
  });
});

describe('paths that are accepted', () => {
  test('never leave, and name what they say, on either platform', () => {
    fc.assert(
      fc.property(anyPath, platform, (path, on) => {
        fc.pre(judged([{ path, type: 'directory' }], on) === 'accepted');
        const rules = on === 'win32' ? win32 : posix;
        const root = on === 'win32' ? 'C:\\root' : '/root';
        const absolute = rules.resolve(root, path);
        expect(absolute.startsWith(`${root}${rules.sep}`)).toBe(true);
        expect(rules.relative(root, absolute).replaceAll(rules.sep, '/')).toBe(path);
        expect(rules.normalize(path).replaceAll(rules.sep, '/')).toBe(path);
        expect(path.normalize('NFKC').split('/')).not.toContain('..');
      }),
      RUNS,
    );
  });

  test('link to nothing outside, even where every name on the way is a link as well', () => {
    fc.assert(
      fc.property(anyPath, anyPath, platform, (path, target, on) => {
        fc.pre(judged([{ path, type: 'symlink', target }], on) === 'accepted');
        const rules = on === 'win32' ? win32 : posix;
        const root = on === 'win32' ? 'C:\\root' : '/root';
        expect(rules.isAbsolute(target)).toBe(false);
        const absolute = rules.resolve(root, rules.dirname(path), target);
        expect(absolute === root || absolute.startsWith(`${root}${rules.sep}`)).toBe(true);
        // It climbs first and goes down then: no link on the way down can be climbed out of.
        const names = target.split('/').filter((segment) => segment !== '' && segment !== '.');
        expect(names.lastIndexOf('..')).toBe(names.filter((segment) => segment === '..').length - 1);
      }),
      RUNS,
    );
  });

  test('are all different to a file system that folds case and form', () => {
    const fold = (path: string): string => path.normalize('NFKD').toLowerCase().toUpperCase().normalize('NFKC');
    fc.assert(
      fc.property(goodEntries, (entries) => {
        const folders = entries.flatMap(({ path }) =>
          path.split('/').map((_, index, all) => all.slice(0, index + 1).join('/')),
        );
        const distinct = new Set(folders);
        expect(new Set([...distinct].map(fold)).size).toBe(distinct.size);
      }),
      RUNS,
    );
  });
});
