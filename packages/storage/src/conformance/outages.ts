import assert from 'node:assert/strict';
import { assertRejects, bytesOf, keysOf, put, stepDeadline, testWithTarget } from './context.js';
import type { ConformanceOptions } from './profile.js';

/** What is out of reach is not absent. */
export function outages(options: ConformanceOptions): void {
  testWithTarget(
    options,
    'a store that is out of reach throws STORAGE_UNAVAILABLE, whatever is asked',
    async (target) => {
      const { driver, key, breakStore } = target;
      if (breakStore === undefined) return;
      await put(driver, key('object'), bytesOf('object', 10));
      await breakStore();
      const signal = stepDeadline();
      for (const name of ['object', 'never/there']) {
        await assertRejects(driver.stat(key(name), { signal }), 'STORAGE_UNAVAILABLE');
        await assertRejects(driver.read(key(name), { signal }), 'STORAGE_UNAVAILABLE');
        await assertRejects(driver.remove(key(name), { signal }), 'STORAGE_UNAVAILABLE');
        if (driver.touch !== undefined) await assertRejects(driver.touch(key(name), { signal }), 'STORAGE_UNAVAILABLE');
      }
      await assertRejects(put(driver, key('new'), bytesOf('new', 10)), 'STORAGE_UNAVAILABLE');
      await assertRejects(keysOf(driver, key('')), 'STORAGE_UNAVAILABLE');
    },
  );

  testWithTarget(options, 'supports says what its profile says, and has the methods', async ({ driver }) => {
    assert.deepEqual({ ...driver.supports }, { ...options.profile.supports });
    assert.equal(driver.sign !== undefined, driver.supports.sign);
    assert.equal(driver.touch !== undefined, driver.supports.touch);
    assert(driver.name.length > 0);
  });
}
