import assert from 'node:assert/strict';
import {
  assertRejects,
  assertAbsent,
  assertSameBytes,
  bytesOf,
  contentOf,
  put,
  sha256,
  sign,
  testWithTarget,
} from './context.js';
import type { ConformanceOptions } from './profile.js';

const BAD_KEYS = [
  '',
  '/',
  'a//b',
  '/a',
  'a/',
  '.',
  '..',
  'a/../b',
  './a',
  'a b',
  'ä',
  'a\\b',
  'a\0',
  'a?b',
  'a%2e',
  'a~',
];

/** stat and read */
export function lookingUp(options: ConformanceOptions): void {
  testWithTarget(options, 'an absent object is undefined, not an error', async ({ driver, key }) => {
    await assertAbsent(driver, key('never/there'));
  });

  testWithTarget(
    options,
    'stat tells size and time, and the digest only where the store vouches for it',
    async (target) => {
      const { driver, key } = target;
      const bytes = bytesOf('stat', 1000);
      await put(driver, key('object'), bytes);
      const stat = await driver.stat(key('object'));
      assert(stat !== undefined);
      assert.equal(stat.key, key('object'));
      assert.equal(stat.size, 1000);
      assert(Math.abs(stat.modifiedAtMs - options.now()) < 60_000, `modified at ${stat.modifiedAtMs}`);
      assert.equal(stat.sha256, options.profile.vouchesForDigest ? sha256(bytes) : undefined);
    },
  );

  testWithTarget(options, 'read gives back what was stored, small and large', async ({ driver, key }) => {
    for (const size of [1, 65_536, 65_537, 1_500_000]) {
      const bytes = bytesOf('read', size);
      await put(driver, key(`size-${size}`), bytes);
      assertSameBytes(await contentOf(driver, key(`size-${size}`)), bytes, `object of ${size}`);
    }
  });

  testWithTarget(options, 'a body can be left before it ends, or before it starts', async ({ driver, key }) => {
    await put(driver, key('large'), bytesOf('large', 1_500_000));
    const left = await driver.read(key('large'));
    for await (const chunk of left?.chunks ?? []) {
      assert(chunk.byteLength > 0);
      break;
    }
    const unread = await driver.read(key('large'));
    await unread?.chunks[Symbol.asyncIterator]().return?.();
  });

  testWithTarget(options, 'a key that is the start of another one is another object', async ({ driver, key }) => {
    await put(driver, key('ab/c'), bytesOf('long', 10));
    await assertAbsent(driver, key('ab'));
    await assertAbsent(driver, key('a'));
    await assertAbsent(driver, key('ab/c/d'));
  });

  testWithTarget(options, 'every verb refuses keys that are none', async ({ driver }) => {
    for (const bad of [...BAD_KEYS, 'a'.repeat(300), Array(400).fill('abc').join('/')]) {
      await assertRejects(driver.stat(bad), 'DRIVER_KEY_INVALID');
      await assertRejects(driver.read(bad), 'DRIVER_KEY_INVALID');
      await assertRejects(driver.create(bad, [], { size: 0 }), 'DRIVER_KEY_INVALID');
      await assertRejects(driver.remove(bad), 'DRIVER_KEY_INVALID');
      if (driver.touch !== undefined) await assertRejects(driver.touch(bad), 'DRIVER_KEY_INVALID');
      if (driver.sign === undefined) continue;
      await assertRejects(sign(driver, { method: 'GET', key: bad, lifetimeMs: 1000 }), 'DRIVER_KEY_INVALID');
    }
  });
}
