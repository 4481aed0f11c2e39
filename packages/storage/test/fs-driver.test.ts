import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { FsDriver, type FsDriverOptions, type StorageDriver } from '@velocity/storage';
import { readTree, tempDir, writeTree } from '@velocity/testing';

const bytes = Buffer.from('some bytes');
const size = bytes.byteLength;
const HOUR = 3_600_000;

const open = (root: string, options: Partial<FsDriverOptions> = {}): Promise<FsDriver> =>
  FsDriver.open({ root, now: Date.now, durable: false, ...options });

/** Names below `tmp/`, folders of writers included. */
const leftIn = (root: string): string[] => readdirSync(join(root, 'tmp'), { recursive: true, encoding: 'utf8' }).sort();

describe('the folder of a store', () => {
  test('has one file an object, named by its key, and no temporary files once they are stored', async () => {
    using folder = tempDir();
    await using driver = await open(folder.path, { durable: true });
    await driver.create('v1/acme/t/cas/ab/abc', [bytes], { size });
    await driver.create('v1/acme/t/cas/ab/abc', [bytes], { size });
    await expect(driver.create('v1/bad', [bytes], { size: 1 })).rejects.toThrow('longer');
    expect(leftIn(folder.path)).toHaveLength(1);
    await driver[Symbol.asyncDispose]();
    expect(readTree(folder.path)).toEqual({ tmp: 'dir', 'v1/acme/t/cas/ab/abc': 'file some bytes' });
  });

  test('without hard links has a folder an object, which no rename can replace', async () => {
    using folder = tempDir();
    await using driver = await open(folder.path, { hardLinks: false, durable: true });
    await driver.create('a/b', [bytes], { size });
    await driver.create('a', [bytes], { size });
    await driver[Symbol.asyncDispose]();
    expect(readTree(folder.path)).toEqual({
      tmp: 'dir',
      'a~/object': 'file some bytes',
      'a/b~/object': 'file some bytes',
    });
  });

  test('loses empty folders when objects are removed', async () => {
    using folder = tempDir();
    await using driver = await open(folder.path);
    await driver.create('a/b/c', [bytes], { size });
    await driver.create('a/d', [bytes], { size });
    await driver.remove('a/b/c');
    expect(readdirSync(folder.join('a'))).toEqual(['d']);
    await driver.remove('a/d');
    expect(readdirSync(folder.path)).toEqual(['tmp']);
  });

  test('may hold files that are none of ours: they are neither listed nor read', async () => {
    using folder = tempDir();
    writeTree(folder.path, {
      'v1/ok': 'ok',
      'v1/no key': 'x',
      'v1/~odd': 'x',
      'v1/link': { link: 'ok' },
      'v1/dir/x~': 'x',
    });
    await using driver = await open(folder.path);
    const keys: string[] = [];
    for await (const { key } of driver.list()) keys.push(key);
    expect(keys).toEqual(['v1/ok']);
    expect(await driver.stat('v1/dir')).toBeUndefined();
    expect(await driver.read('v1/dir')).toBeUndefined();
  });

  test('refuses a key below another one, and keys in the driver’s own folder', async () => {
    using folder = tempDir();
    await using driver = await open(folder.path);
    await driver.create('a/b', [bytes], { size });
    const refused = expect.objectContaining({ code: 'DRIVER_KEY_INVALID' });
    await expect(driver.create('a/b/c', [bytes], { size })).rejects.toEqual(refused);
    await expect(driver.create('a/b/c/d', [bytes], { size })).rejects.toEqual(refused);
    await expect(driver.create('a', [bytes], { size })).rejects.toEqual(refused);
    await expect(driver.create('tmp/x', [bytes], { size })).rejects.toEqual(refused);
    await expect(driver.stat('tmp')).rejects.toEqual(refused);
  });
});

describe('what writers leave behind', () => {
  test('is removed once it is old, and empty folders of dead writers with it', async () => {
    using folder = tempDir();
    await using driver = await open(folder.path);
    const old = new Date(Date.now() - 2 * HOUR);
    writeTree(folder.path, { 'tmp/w-dead/1': 'old', 'tmp/w-dead/2/object': 'old too', 'tmp/w-live/1': 'fresh' });
    for (const name of ['w-dead/1', 'w-dead/2/object', 'w-dead/2', 'w-dead'])
      utimesSync(folder.join('tmp', name), old, old);
    expect(await driver.findLeftovers(Date.now() - HOUR)).toEqual({ count: 2, bytes: 10 });
    expect(await driver.removeLeftovers(Date.now() - HOUR)).toEqual({ count: 2, bytes: 10 });
    expect(await driver.findLeftovers(Date.now() - HOUR)).toEqual({ count: 0, bytes: 0 });
    const left = leftIn(folder.path);
    expect(left).toHaveLength(3);
    expect(left).toEqual(expect.arrayContaining(['w-live', 'w-live/1']));
  });

  test('may be a living writer’s idle folder: it makes it again', async () => {
    using folder = tempDir();
    await using first = await open(folder.path);
    await using second = await open(folder.path);
    const [own] = leftIn(folder.path);
    const old = new Date(Date.now() - 2 * HOUR);
    for (const name of leftIn(folder.path)) utimesSync(folder.join('tmp', name), old, old);
    await first.removeLeftovers(Date.now() - HOUR);
    await second.removeLeftovers(Date.now() - HOUR);
    expect(leftIn(folder.path)).not.toContain(own);
    for (const driver of [first, second]) {
      expect(await driver.create(`by/${driver === first ? 1 : 2}`, [bytes], { size })).toBe('created');
    }
  });
});

describe('a disk that fails', () => {
  const failure = (code: string): unknown => expect.objectContaining({ code, cause: expect.anything() });

  test('a store whose folder cannot be made is unavailable', async () => {
    using folder = tempDir();
    writeFileSync(folder.join('file'), '');
    await expect(open(folder.join('file', 'store'))).rejects.toEqual(failure('STORAGE_UNAVAILABLE'));
  });

  test('what cannot be read is an error, not absent', async () => {
    using folder = tempDir();
    await using driver = await open(folder.path);
    // A link that leads to itself: ELOOP, for root as well.
    writeTree(folder.path, { 'v1/loop': { link: 'loop' } });
    await expect(driver.stat('v1/loop')).rejects.toEqual(failure('STORAGE_UNAVAILABLE'));
    await expect(driver.read('v1/loop')).rejects.toEqual(failure('STORAGE_UNAVAILABLE'));
  });

  const disk = tempDir('velocity-tmpfs-');
  const isMounted =
    process.platform === 'linux' &&
    spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', disk.path], { stdio: 'ignore' }).status === 0;
  const testOnSmallDisk = isMounted ? test : test.skip;
  testOnSmallDisk(
    'a full disk is STORAGE_FULL, and leaves nothing behind (needs root to mount a small tmpfs)',
    async () => {
      try {
        mkdirSync(disk.join('store'));
        const large = Buffer.alloc(200_000, 1);
        for (const hardLinks of [true, false]) {
          await using driver = await open(disk.join('store'), { hardLinks });
          const filling = (): Promise<string> => driver.create('v1/large', [large], { size: large.byteLength });
          await expect(filling()).rejects.toEqual(failure('STORAGE_FULL'));
          expect(await isThere(driver, 'v1/large')).toBe(false);
          expect(await driver.create(`v1/small-${hardLinks}`, [bytes], { size })).toBe('created');
          expect(leftIn(disk.join('store'))).toHaveLength(1);
        }
      } finally {
        spawnSync('umount', [disk.path]);
        disk[Symbol.dispose]();
      }
    },
  );
  if (!isMounted) disk[Symbol.dispose]();
});

async function isThere(driver: StorageDriver, key: string): Promise<boolean> {
  return (await driver.stat(key)) !== undefined;
}

describe('look-ups side by side', () => {
  test('share what tells an empty store from one that is gone, and all of them are told', async () => {
    using folder = tempDir();
    await using driver = await open(folder.path);
    const ask = () => Promise.allSettled(Array.from({ length: 50 }, (_, i) => driver.stat(`v1/absent/${i}`)));
    expect(new Set((await ask()).map(({ status }) => status))).toEqual(new Set(['fulfilled']));
    renameSync(folder.path, `${folder.path}-away`);
    const answers = await ask();
    renameSync(`${folder.path}-away`, folder.path);
    expect(answers.every((answer) => answer.status === 'rejected')).toBe(true);
    expect(answers[0]).toMatchObject({ reason: { code: 'STORAGE_UNAVAILABLE' } });
    expect(await driver.stat('v1/absent/0')).toBeUndefined();
  });
});

describe('a large object', () => {
  const content = Buffer.alloc(700_000, 'all of its bytes, in order. ');

  test('can be read into memory of the caller', async () => {
    using folder = tempDir();
    await using driver = await open(folder.path);
    await driver.create('v1/large', [content], { size: content.byteLength });
    const reader = (await driver.read('v1/large'))?.reader;
    if (reader === undefined) throw new Error('no reader');
    const into = Buffer.alloc(content.byteLength);
    let position = 0;
    while (position < into.byteLength) position += await reader.read(into.subarray(position, position + 100_000));
    expect(into.equals(content)).toBe(true);
    await reader.close();
    await reader.close();
  });

  test('that became shorter is an outage, not an end', async () => {
    using folder = tempDir();
    await using driver = await open(folder.path);
    await driver.create('v1/large', [content], { size: content.byteLength });
    const reader = (await driver.read('v1/large'))?.reader;
    writeFileSync(folder.join('v1/large'), '');
    await expect(reader?.read(Buffer.alloc(10))).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    await reader?.close();
  });
});
