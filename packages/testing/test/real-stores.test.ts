import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';
import {
  deleteObject,
  freePorts,
  getObject,
  listKeys,
  putObject,
  realStore,
  s3Request,
  sharedStore,
  startCephRgw,
  startProcess,
  startSwift,
  tempDir,
  type StoreKind,
} from '@velocity/testing';

import { CREATE_ONLY, send, until } from './s3-fixture.js';

const START = { ceph: startCephRgw, swift: startSwift };
const CONDITIONAL_STATUS = { ceph: [200, 412], swift: [501, 501] };
const PROCESS_COUNT = { ceph: 4, swift: 5 };

/** The processes that have this folder in their arguments or environment: the script and its daemons. */
function processesOf(runDir: string): readonly number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => describeProcess(pid).includes(runDir)).map(Number);
}

function describeProcess(pid: string): string {
  try {
    return ['cmdline', 'environ'].map((file) => readFileSync(`/proc/${pid}/${file}`, 'latin1')).join('\0');
  } catch {
    // It ended while being looked at, or belongs to someone else: not ours either way.
    return '';
  }
}

describe.each(['ceph', 'swift'] as const)('%s', (kind: StoreKind) => {
  test('keeps objects, lists and deletes them, and answers conditional writes as it is known to', async () => {
    const store = await sharedStore(kind);
    if (store === undefined) return;
    await putObject(store, 'a b/+é', 'content');
    expect(await getObject(store, 'a b/+é')).toEqual(Buffer.from('content'));
    expect(await listKeys(store)).toEqual(['a b/+é']);
    await deleteObject(store, 'a b/+é');
    expect(await getObject(store, 'a b/+é')).toBeUndefined();

    const statuses: number[] = [];
    for (const body of ['one', 'two']) {
      statuses.push((await send(store, { method: 'PUT', key: 'once', signed: CREATE_ONLY, body })).status);
    }
    expect(statuses).toEqual(CONDITIONAL_STATUS[kind]);
    const again = await sharedStore(kind);
    expect(again?.endpoint).toBe(store.endpoint);
    expect(again?.bucket).not.toBe(store.bucket);
  });

  test('can be paused, killed and started again with its content, and leaves nothing behind', async () => {
    if ((await sharedStore(kind)) === undefined) return;
    using folder = tempDir();
    const runDir = folder.join('run');
    const store = await START[kind]({ runDir });
    expect(processesOf(runDir)).toHaveLength(PROCESS_COUNT[kind]);
    await putObject(store, 'kept', 'content');

    await store.pause();
    const get = { method: 'GET', key: 'kept', timeoutMs: 300 };
    await expect(s3Request(store, get)).rejects.toThrow();
    await store.resume();
    expect(await getObject(store, 'kept')).toEqual(Buffer.from('content'));

    await store.kill();
    await expect(getObject(store, 'kept')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await store.restart();
    expect(await getObject(store, 'kept')).toEqual(Buffer.from('content'));

    await store.pause();
    await store.stop();
    expect(processesOf(runDir)).toEqual([]);
    expect(existsSync(runDir)).toBe(false);
    await store[Symbol.asyncDispose]();
  });

  test('ends when the process that started it is killed', async () => {
    if ((await sharedStore(kind)) === undefined) return;
    using folder = tempDir();
    const runDir = folder.join('run');
    const script = new URL(`../stores/${kind === 'ceph' ? 'ceph-rgw' : 'swift-s3api'}.sh`, import.meta.url).pathname;
    // Stands for a test run: a process that holds the script's input and dies without a word.
    const parent = `
      const child = require('child_process').spawn('bash', ${JSON.stringify([script, runDir])}.concat(process.argv.slice(1)), { detached: true, stdio: ['pipe', 'inherit', 'inherit'] });
      setInterval(() => {}, 1000);`;
    const free = await freePorts(kind === 'ceph' ? 2 : 4);
    await using running = await startProcess(process.execPath, [
      '-e',
      parent,
      ...free.map(String),
      'key:user',
      'secret0123456789',
    ]);
    await running.waitForLine(/^ready$/m);
    expect(processesOf(runDir).length).toBeGreaterThanOrEqual(PROCESS_COUNT[kind]);
    running.kill('SIGKILL');
    await until(() => !existsSync(runDir) && processesOf(runDir).length === 0);
  });
});

test('two stores run side by side', async () => {
  const stores = await Promise.all([realStore('ceph'), realStore('ceph')]);
  const [first, second] = stores;
  if (first === undefined || second === undefined) return;
  await putObject(first, 'a', 'one');
  await putObject(second, 'a', 'two');
  expect(await getObject(first, 'a')).toEqual(Buffer.from('one'));
  expect(await getObject(second, 'a')).toEqual(Buffer.from('two'));
  await Promise.all([first.stop(), second.stop()]);
});

test('the shared stores live in a folder that names this process', async () => {
  if ((await sharedStore('ceph')) === undefined) return;
  expect(existsSync(join(tmpdir(), `velocity-shared-ceph-${process.pid}`, 'target.json'))).toBe(true);
});
