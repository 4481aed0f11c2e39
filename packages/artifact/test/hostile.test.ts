import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { readArtifactHead, unpackArtifact, type OpenBlob } from '@velocity/artifact';
import { tempDir, writeTree } from '@velocity/testing';
import { attempt, ENTRY, honestStream } from './attempt.js';
import { forge, framesOf, honestFile } from './forge.js';
import { CORRUPT_ENTRIES, UNSAFE_ENTRIES } from './hostile-entries.js';
import { codec, opener } from './support.js';

test('the generator’s honest artifact is accepted: so it is the lie that a case is refused for', async () => {
  const entries = [
    ENTRY,
    { path: 'dist/link', type: 'symlink', target: 'a.js' },
    { path: 'dist/x', type: 'directory' },
  ];
  expect(await attempt(forge({ entries }))).toMatchObject({ code: 'accepted' });
  expect(await attempt(forge({ frames: framesOf(honestStream) }))).toMatchObject({ code: 'accepted' });
});

test.each(Object.entries(UNSAFE_ENTRIES))('a manifest with %s', async (_, entries) => {
  // A line may also be too long, or not as it would be written: then it is corrupt before it is unsafe.
  const { code, written } = await attempt(forge({ entries }));
  expect(['ARTIFACT_UNSAFE', 'ARTIFACT_CORRUPT']).toContain(code);
  expect(written).toBeLessThan(100);
});

test.each(Object.entries(CORRUPT_ENTRIES))('a manifest with %s', async (_, entries) => {
  expect(await attempt(forge({ entries }))).toMatchObject({ code: 'ARTIFACT_CORRUPT' });
});

describe('streams behind openBlob', () => {
  const forged = forge();

  test('one that never ends is cut at the length that was said', async () => {
    let sent = 0;
    const endless: OpenBlob = async function* open() {
      for (;;) {
        sent += 65_536;
        yield Buffer.alloc(65_536);
      }
    };
    expect(await attempt(forged, codec, endless)).toMatchObject({ code: 'ARTIFACT_CORRUPT' });
    expect(sent).toBe(65_536);
  });

  test('one of empty pieces, one of single bytes and one in one piece are all read', async () => {
    const bytes = forged.blobs[0]?.bytes ?? new Uint8Array();
    const pieces: readonly (readonly Uint8Array[])[] = [
      [new Uint8Array(), bytes, new Uint8Array()],
      Array.from(bytes, (byte) => Uint8Array.of(byte)),
      [bytes],
    ];
    for (const list of pieces) {
      const open: OpenBlob = async function* opened() {
        yield* list;
      };
      expect(await attempt(forged, codec, open)).toMatchObject({ code: 'accepted' });
    }
  });

  test('nothing of a blob is used before its digest was found right', async () => {
    const original = forge({ entries: [honestFile('dist/a.js', 'a')] });
    const other = forge({ entries: [honestFile('dist/b.js', 'b')] });
    const swapped = { ...original, blobs: other.blobs };
    expect(await attempt(swapped)).toMatchObject({ code: 'ARTIFACT_CORRUPT', written: expect.any(Number) });
  });
});

test.each(Object.entries(UNSAFE_ENTRIES))('the head alone is checked as strictly: %s', async (_, entries) => {
  const { description, blobs } = forge({ entries });
  const reading = readArtifactHead({ description, openBlob: opener(blobs), codec });
  await expect(reading).rejects.toMatchObject({ code: expect.stringMatching(/^ARTIFACT_(UNSAFE|CORRUPT)$/) });
});

test('a log file that exists is not overwritten, nor written through a link', async () => {
  using dir = tempDir();
  writeTree(dir.path, { staging: { dir: true }, precious: 'x', log: { link: 'precious' } });
  const { description, blobs } = forge();
  const unpacking = unpackArtifact({
    description,
    openBlob: opener(blobs),
    codec,
    stagingDir: dir.join('staging'),
    logFile: dir.join('log'),
    accepts: () => true,
  });
  await expect(unpacking).rejects.toMatchObject({ code: 'ARTIFACT_UNSAFE' });
  expect(readFileSync(dir.join('precious'), 'utf8')).toBe('x');
});
