import assert from 'node:assert/strict';
import {
  assertAbsent,
  assertRejects,
  assertSameBytes,
  bytesOf,
  contentOf,
  put,
  sha256,
  stepDeadline,
  testWithTarget,
} from './context.js';
import type { ConformanceOptions } from './profile.js';

/** create, but for its races */
export function creating(options: ConformanceOptions): void {
  testWithTarget(options, 'the first writer wins; the second is told and changes nothing', async ({ driver, key }) => {
    const first = bytesOf('first', 5000);
    assert.equal(await put(driver, key('object'), first), 'created');
    assert.equal(await put(driver, key('object'), bytesOf('second', 7000)), 'exists');
    assert.equal(await put(driver, key('object'), first), 'exists');
    assertSameBytes(await contentOf(driver, key('object')), first, 'after the second writer');
  });

  testWithTarget(options, 'a removed object can be created again', async ({ driver, key }) => {
    await put(driver, key('object'), bytesOf('old', 10));
    await driver.remove(key('object'));
    assert.equal(await put(driver, key('object'), bytesOf('new', 20)), 'created');
    assertSameBytes(await contentOf(driver, key('object')), bytesOf('new', 20), 'the new object');
  });

  testWithTarget(options, 'an empty object is an object', async ({ driver, key }) => {
    assert.equal(await put(driver, key('empty'), new Uint8Array()), 'created');
    assert.equal((await driver.stat(key('empty')))?.size, 0);
    assert.equal((await contentOf(driver, key('empty'))).byteLength, 0);
    assert.equal(await put(driver, key('empty'), bytesOf('more', 3)), 'exists');
  });

  testWithTarget(options, 'a body may come in many pieces, empty ones too, from a stream or a list', async (target) => {
    const { driver, key } = target;
    const bytes = bytesOf('pieces', 10_000);
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < bytes.byteLength; at += 777) {
        yield bytes.subarray(at, at + 777);
        yield new Uint8Array();
      }
    }
    const announced = { size: bytes.byteLength, sha256: sha256(bytes) };
    assert.equal(await driver.create(key('stream'), pieces(), announced), 'created');
    assert.equal(await driver.create(key('list'), [bytes.subarray(0, 1), bytes.subarray(1)], announced), 'created');
    assert.equal(await driver.create(key('without-digest'), [bytes], { size: bytes.byteLength }), 'created');
    for (const name of ['stream', 'list', 'without-digest']) {
      assertSameBytes(await contentOf(driver, key(name)), bytes, name);
    }
  });

  testWithTarget(
    options,
    'a body of another length or digest is refused and leaves nothing',
    async ({ driver, key }) => {
      const bytes = bytesOf('announced', 1000);
      const cases = { shorter: 1001, longer: 999, empty: 0 };
      for (const [name, size] of Object.entries(cases)) {
        await assertRejects(driver.create(key(name), [bytes], { size }), 'INTEGRITY');
        await assertAbsent(driver, key(name));
      }
      const other = { size: 1000, sha256: sha256(bytesOf('other', 1000)) };
      await assertRejects(driver.create(key('digest'), [bytes], other), 'INTEGRITY');
      await assertAbsent(driver, key('digest'));
      assert.equal(await put(driver, key('digest'), bytes), 'created', 'the key is still free');
    },
  );

  testWithTarget(
    options,
    'an error of the source is passed on as it is and leaves nothing',
    async ({ driver, key }) => {
      async function* failing(): AsyncGenerator<Uint8Array> {
        yield bytesOf('part', 100);
        throw new RangeError('the source broke');
      }
      await assert.rejects(driver.create(key('object'), failing(), { size: 200 }), { message: 'the source broke' });
      await assertAbsent(driver, key('object'));
    },
  );

  testWithTarget(
    options,
    'an aborted create ends at once with the reason and leaves nothing',
    async ({ driver, key }) => {
      const abort = new AbortController();
      async function* hanging(): AsyncGenerator<Uint8Array> {
        yield bytesOf('part', 100);
        queueMicrotask(() => abort.abort(new Error('enough')));
        await new Promise(() => undefined);
      }
      const pending = driver.create(key('object'), hanging(), { size: 200, signal: abort.signal });
      await assert.rejects(pending, { message: 'enough' });
      await assertAbsent(driver, key('object'));
      assert.equal(await put(driver, key('object'), bytesOf('later', 5)), 'created');
    },
  );

  testWithTarget(options, 'a signal that is already aborted stops every verb', async ({ driver, key }) => {
    await put(driver, key('object'), bytesOf('object', 5));
    const signal = AbortSignal.abort(new Error('too late'));
    const late = { message: 'too late' };
    await assert.rejects(driver.stat(key('object'), { signal }), late);
    await assert.rejects(driver.read(key('object'), { signal }), late);
    await assert.rejects(driver.create(key('other'), [], { size: 0, signal }), late);
    await assert.rejects(driver.remove(key('object'), { signal }), late);
    const listing = async (): Promise<void> => {
      for await (const found of driver.list({ prefix: key(''), signal })) assert(found);
    };
    await assert.rejects(listing(), late);
    assert(await driver.stat(key('object'), { signal: stepDeadline() }), 'it was not removed');
  });
}
