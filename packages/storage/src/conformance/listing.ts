import assert from 'node:assert/strict';
import { assertAbsent, bytesOf, contentOf, keysOf, put, testWithTarget } from './context.js';
import type { ConformanceOptions } from './profile.js';

/** list, remove and touch */
export function listing(options: ConformanceOptions): void {
  testWithTarget(
    options,
    'list gives each object once, in the order of the keys, below the prefix only',
    async (target) => {
      const { driver, key } = target;
      const names = ['a-b', 'a.b', 'a/b', 'a/b.c', 'a/c/d', 'a0', 'aa/x', 'b/y', 'Z/z', 'a_/q'];
      for (const name of names) await put(driver, key(name), bytesOf(name, name.length));
      assert.deepEqual(await keysOf(driver, key('')), names.map(key).sort());
      assert.deepEqual(await keysOf(driver, key('a/')), ['a/b', 'a/b.c', 'a/c/d'].map(key));
      assert.deepEqual(await keysOf(driver, key('a/b')), ['a/b', 'a/b.c'].map(key));
      assert.deepEqual(await keysOf(driver, key('a/b.c/')), []);
      assert.deepEqual(await keysOf(driver, key('nothing/')), []);
      for await (const found of driver.list({ prefix: key('aa/') })) {
        assert.equal(found.size, 4);
        assert(Math.abs(found.modifiedAtMs - options.now()) < 60_000);
      }
    },
  );

  testWithTarget(options, 'list can be left, and survives removals while it runs', async ({ driver, key }) => {
    for (const name of ['1', '2', '3', '4']) await put(driver, key(name), bytesOf(name, 1));
    const seen: string[] = [];
    for await (const found of driver.list({ prefix: key('') })) {
      seen.push(found.key);
      await driver.remove(found.key);
    }
    assert.deepEqual(seen, ['1', '2', '3', '4'].map(key));
    assert.deepEqual(await keysOf(driver, key('')), []);
    await put(driver, key('5'), bytesOf('5', 1));
    for await (const found of driver.list()) {
      assert(found.key.length > 0);
      break;
    }
  });

  testWithTarget(options, 'list stops at its limit', async ({ driver, key }) => {
    const names = ['1', '2/a', '2/b', '3', '4'].map((name) => key(`limited/${name}`));
    for (const name of names) await put(driver, name, new Uint8Array());
    for (const limit of [1, 3, names.length, 100, 2000]) {
      const keys: string[] = [];
      for await (const found of driver.list({ prefix: key('limited/'), limit })) keys.push(found.key);
      assert.deepEqual(keys, names.slice(0, limit));
    }
  });

  if (options.profile.listsManyKeys === true) {
    testWithTarget(options, 'list goes on beyond a page of a thousand', async ({ driver, key }) => {
      const names = Array.from({ length: 1100 }, (_, index) => key(`many/${String(index).padStart(5, '0')}`));
      for (let at = 0; at < names.length; at += 50) {
        await Promise.all(names.slice(at, at + 50).map((name) => put(driver, name, bytesOf(name, 1))));
      }
      assert.deepEqual(await keysOf(driver, key('many/')), names);
      await Promise.all(names.map((name) => driver.remove(name)));
    });
  }

  testWithTarget(
    options,
    'remove takes the object away, and only that; removing nothing is no error',
    async (target) => {
      const { driver, key } = target;
      await put(driver, key('x/one'), bytesOf('one', 10));
      await put(driver, key('x/two'), bytesOf('two', 10));
      await driver.remove(key('x/one'));
      await driver.remove(key('x/one'));
      await driver.remove(key('never/there'));
      await driver.remove(key('x'));
      await assertAbsent(driver, key('x/one'));
      assert.equal((await contentOf(driver, key('x/two'))).byteLength, 10);
    },
  );

  if (!options.profile.supports.touch) return;
  testWithTarget(options, 'touch renews the time and nothing else; touching nothing is no error', async (target) => {
    const { driver, key, shiftClock } = target;
    await put(driver, key('object'), bytesOf('object', 100));
    const before = (await driver.stat(key('object')))?.modifiedAtMs ?? 0;
    shiftClock(3_600_000);
    await driver.touch?.(key('object'));
    await driver.touch?.(key('never/there'));
    shiftClock(0);
    const after = (await driver.stat(key('object')))?.modifiedAtMs ?? 0;
    if (options.profile.stampsBy === 'store') assert(after >= before, `${before} became ${after}`);
    else assert(Math.abs(after - options.now() - 3_600_000) < 60_000, `${before} became ${after}`);
    assert.deepEqual(Buffer.from(await contentOf(driver, key('object'))), Buffer.from(bytesOf('object', 100)));
    await assertAbsent(driver, key('never/there'));
  });
}
