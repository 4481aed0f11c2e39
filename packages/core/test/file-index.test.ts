import {
  chmodSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { digestOf, FileIndex, isSameVersion } from '@velocity/core';
import { tempDir } from '@velocity/testing';

/** Far enough behind the time stamps of files that are written now for the racy rule to trust them. */
const LATER_MS = 60_000;
const later = (): number => Date.now() + LATER_MS;

function open(root: string, now: () => number = later): FileIndex {
  return FileIndex.load({ root, file: `${root}/index`, now });
}

describe('the file index', () => {
  test('tells files, executables, links, folders and missing files apart', async () => {
    using dir = tempDir();
    writeFileSync(dir.join('file'), 'content');
    writeFileSync(dir.join('run'), 'content', { mode: 0o755 });
    symlinkSync('nowhere', dir.join('link'));
    mkdirSync(dir.join('folder'));
    const index = open(dir.path);
    expect(await index.state('file')).toMatchObject({ type: 'file', digest: digestOf('content'), size: 7 });
    expect(await index.state('run')).toMatchObject({ type: 'executable', digest: digestOf('content'), size: 7 });
    expect(await index.state('link')).toMatchObject({ type: 'symlink', digest: digestOf('nowhere') });
    expect(await index.state('folder')).toMatchObject({ type: 'directory' });
    expect(await index.state('absent/file')).toEqual({ type: 'missing', digest: digestOf(''), size: 0, version: '' });
  });

  test('does not read a file again whose size, times, inode and mode are the same', async () => {
    using dir = tempDir();
    writeFileSync(dir.join('file'), 'first');
    const first = open(dir.path);
    await first.state('file');
    first.save();
    const saved = readFileSync(dir.join('index'), 'latin1');
    const second = open(dir.path);
    expect(await second.state('file')).toMatchObject({ digest: digestOf('first') });
    second.save();
    expect(readFileSync(dir.join('index'), 'latin1')).toBe(saved);
  });

  test('sees an edit of the same size whose mtime was put back', async () => {
    using dir = tempDir();
    writeFileSync(dir.join('file'), 'first');
    const before = statSync(dir.join('file'));
    const first = open(dir.path);
    await first.state('file');
    first.save();
    writeFileSync(dir.join('file'), 'other');
    utimesSync(dir.join('file'), before.atime, before.mtime);
    expect(await open(dir.path).state('file')).toMatchObject({ digest: digestOf('other') });
  });

  test('reads a file again that was hashed within the grain of its time stamps', async () => {
    using dir = tempDir();
    writeFileSync(dir.join('file'), 'first');
    const racy = open(dir.path, Date.now);
    await racy.state('file');
    racy.save();
    // Forge what a coarse clock would leave: another content under the very same stat.
    const stored = readFileSync(dir.join('index'));
    const wrong = Buffer.from(
      stored
        .toString('latin1')
        .replace(
          Buffer.from(digestOf('first'), 'hex').toString('latin1'),
          Buffer.from(digestOf('wrong'), 'hex').toString('latin1'),
        ),
      'latin1',
    );
    const headerEnd = wrong.indexOf(10);
    const header = wrong
      .toString('latin1', 0, headerEnd)
      .replace(/[0-9a-f]{64}$/, digestOf(wrong.subarray(headerEnd + 1)));
    writeFileSync(dir.join('index'), Buffer.concat([Buffer.from(`${header}\n`), wrong.subarray(headerEnd + 1)]));
    expect(await open(dir.path).state('file')).toMatchObject({ digest: digestOf('first') });
  });

  test.each([
    ['chmod +x', (path: string) => chmodSync(path, 0o755), 'executable'],
    [
      'a replacement by rename',
      (path: string) => (writeFileSync(`${path}.new`, 'third'), renameSync(`${path}.new`, path)),
      'file',
    ],
    ['removal', (path: string) => rmSync(path), 'missing'],
  ])('notices %s', async (_name, change, type) => {
    using dir = tempDir();
    writeFileSync(dir.join('file'), 'first');
    const first = open(dir.path);
    await first.state('file');
    first.save();
    change(dir.join('file'));
    expect(await open(dir.path).state('file')).toMatchObject({ type });
  });

  test.each([
    ['empty', ''],
    ['foreign', 'SQLite format 3\0 and so on\n'],
    ['of another version', `velocity-file-index 999 0 ${digestOf('')}\n`],
  ])('starts afresh when its file is %s', async (_name, content) => {
    using dir = tempDir();
    writeFileSync(dir.join('index'), content);
    writeFileSync(dir.join('file'), 'first');
    expect(await open(dir.path).state('file')).toMatchObject({ digest: digestOf('first') });
  });

  test('starts afresh whatever byte of its file is damaged or cut off', async () => {
    using dir = tempDir();
    writeFileSync(dir.join('file'), 'first');
    const first = open(dir.path);
    await first.state('file');
    first.save();
    const good = readFileSync(dir.join('index'));
    for (let at = 0; at < good.length; at++) {
      const damaged = Buffer.from(good);
      damaged.writeUInt8((good[at] ?? 0) ^ 0x41, at);
      for (const content of [damaged, good.subarray(0, at)]) {
        writeFileSync(dir.join('index'), content);
        expect(await open(dir.path).state('file')).toMatchObject({ type: 'file', digest: digestOf('first') });
      }
    }
  });

  test('a file that is written again has another version, though it holds the same', async () => {
    using dir = tempDir();
    writeFileSync(dir.join('file'), 'same');
    utimesSync(dir.join('file'), 1, 1);
    const index = open(dir.path);
    const before = await index.state('file');
    expect(await index.state('file')).toEqual(before);
    writeFileSync(dir.join('file'), 'same');
    const after = await index.state('file');
    expect([after.digest, isSameVersion(before.version, after.version)]).toEqual([before.digest, false]);
    utimesSync(dir.join('file'), 1, 1);
    expect(isSameVersion(before.version, (await index.state('file')).version)).toBe(false);
    const settled = await index.state('file');
    linkSync(dir.join('file'), dir.join('link'));
    expect(isSameVersion(settled.version, (await index.state('file')).version)).toBe(true);
  });

  test('cannot be written: nothing happens', async () => {
    using dir = tempDir();
    writeFileSync(dir.join('file'), 'first');
    const index = FileIndex.load({ root: dir.path, file: dir.join('file', 'below', 'index'), now: later });
    await index.state('file');
    expect(() => index.save()).not.toThrow();
  });

  test('hashes a file larger than its buffer as a stream', async () => {
    using dir = tempDir();
    const content = Buffer.alloc(3 * 1024 * 1024, 'abc');
    writeFileSync(dir.join('file'), content);
    expect(await open(dir.path).state('file')).toMatchObject({
      type: 'file',
      digest: digestOf(content),
      size: content.length,
    });
  });
});
