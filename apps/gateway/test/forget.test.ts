import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { digestOf } from '@velocity/core';
import { tempDir } from '@velocity/testing';
import { fieldsOf, isStored, runGatewayOnce, storeOver } from './support/audited.js';
import type { Bundle } from './support/bundle.js';
import { buildBundle, startGateway } from './support/bundle.js';
import { keyOf } from './support/rig.js';

const GRANTS = [
  { name: 'ci-main', token: 'token-of-main', role: 'trusted-writer' },
  { name: 'github/acme/run/4711', token: 'token-of-run-4711', role: 'trusted-writer' },
  { name: 'pr-one', token: 'token-of-pr-one', role: 'scoped-writer', scope: 'pr-1' },
  { name: 'pr-two', token: 'token-of-pr-two', role: 'scoped-writer', scope: 'pr-2' },
  { name: 'other', token: 'token-of-other', role: 'trusted-writer', namespace: 'other' },
] as const;
const [MAIN, RUN, PR_1, PR_2, OTHER] = GRANTS.map(({ token }) => token) as [string, string, string, string, string];

let bundle: Bundle;
beforeAll(() => void (bundle = buildBundle()));
afterAll(() => bundle[Symbol.dispose]());

interface Rigged extends AsyncDisposable {
  readonly url: string;
  readonly auditFile: string;
  forget(...args: readonly string[]): Promise<readonly [number | null, string]>;
  /** Names of the entries that are found, by those who may. */
  found(): Promise<string[]>;
  /** Objects of a kind in the store. */
  count(kind: 'ac' | 'cas' | 'hist'): number;
}

const STORED: readonly (readonly [string, string])[] = [
  ['main', MAIN],
  ['both', MAIN],
  ['run', RUN],
  ['both', PR_1],
  ['pr-1', PR_1],
  ['both', PR_2],
  ['both', OTHER],
];

/** A gateway in which each of them has written something. What it remembers of records is gone with a SIGHUP after each removal. */
async function rigged(): Promise<Rigged> {
  const rig = await startRigged();
  try {
    for (const [name, token] of STORED) expect(await storeOver(rig.url, token, name)).toBe(200);
    return rig;
  } catch (error) {
    await rig[Symbol.asyncDispose]();
    throw error;
  }
}

async function startRigged(): Promise<Rigged> {
  const dir = tempDir();
  const tokens = GRANTS.map(({ token, ...grant }) => ({ ...grant, sha256: digestOf(token) }));
  writeFileSync(dir.join('tokens.json'), JSON.stringify({ tokens }));
  const auditFile = dir.join('audit.jsonl');
  const env = {
    VC_TOKENS_FILE: dir.join('tokens.json'),
    VC_LOCAL_ROOT: dir.join('store'),
    VC_AUDIT_FILE: auditFile,
    VC_BIND: '127.0.0.1',
  };
  const server = await startGateway(bundle, [], env);
  let reloads = 0;
  return {
    url: server.url,
    auditFile,
    async forget(...args) {
      const { exitCode, stdout } = await runGatewayOnce(bundle, ['forget', ...args], env);
      server.kill('SIGHUP');
      reloads += 1;
      await server.waitForLine(new RegExp(`(?:"tokens\\.reloaded"[^]*){${reloads}}`));
      return [exitCode, stdout];
    },
    async found() {
      const found: string[] = [];
      for (const [name, token] of STORED) {
        const who = GRANTS.find((grant) => grant.token === token)?.name;
        if (await isStored(server.url, token, name)) found.push(`${name} of ${who ?? ''}`);
      }
      return found;
    },
    count: (kind) =>
      readdirSync(dir.join('store'), { recursive: true, encoding: 'utf8' }).filter(
        (file) => file.split('/').includes(kind) && statSync(dir.join('store', file)).isFile(),
      ).length,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      dir[Symbol.dispose]();
    },
  };
}

const ALL = STORED.map(([name, token]) => `${name} of ${GRANTS.find((grant) => grant.token === token)?.name ?? ''}`);

function without(...gone: readonly string[]): string[] {
  return ALL.filter((name) => !gone.includes(name));
}

describe('velocity-server forget', () => {
  test('a key: in all scopes of the namespace, with its history, and not in another namespace; its blobs are left to the sweep', async () => {
    await using rig = await rigged();
    expect([await rig.found(), rig.count('ac'), rig.count('hist')]).toEqual([ALL, 7, 7]);
    const blobs = rig.count('cas');
    expect(await rig.forget(keyOf('both'))).toEqual([
      0,
      'removed 3 records and 3 history entries of namespace default\n',
    ]);
    expect(await rig.found()).toEqual(without('both of ci-main', 'both of pr-one', 'both of pr-two'));
    expect([rig.count('ac'), rig.count('hist'), rig.count('cas')]).toEqual([4, 4, blobs]);
    expect(await rig.forget(keyOf('both'), '--namespace', 'other')).toEqual([
      0,
      expect.stringMatching(/^removed 1 records/),
    ]);
    expect(await storeOver(rig.url, MAIN, 'both')).toBe(200);
  });

  test('what a run wrote, by its id or by the whole name of the token, and nothing that is only similar', async () => {
    await using rig = await rigged();
    expect(await rig.forget('--run', '711')).toEqual([0, expect.stringMatching(/^removed 0 records and 0 history/)]);
    expect(await rig.forget('--run', '4711')).toEqual([0, expect.stringMatching(/^removed 1 records and 1 history/)]);
    expect(await rig.forget('--run', 'pr-two')).toEqual([0, expect.stringMatching(/^removed 1 records and 1 history/)]);
    // What pr-two still finds of that key is main's.
    expect(await rig.found()).toEqual(without('run of github/acme/run/4711'));
    expect([rig.count('ac'), rig.count('hist')]).toEqual([5, 5]);
  });

  test('a scope, also the trusted one', async () => {
    await using rig = await rigged();
    expect(await rig.forget('--scope', 'pr-1')).toEqual([0, expect.stringMatching(/^removed 2 records and 2 history/)]);
    expect(await rig.found()).toEqual(without('pr-1 of pr-one'));
    expect(await rig.forget('--scope', 'trusted')).toEqual([
      0,
      expect.stringMatching(/^removed 3 records and 3 history/),
    ]);
    expect(await rig.found()).toEqual(['both of pr-two', 'both of other']);
  });

  test('each record has its audit line, in the chain', async () => {
    await using rig = await rigged();
    await rig.forget('--scope', 'pr-1');
    const lines = fieldsOf(rig.auditFile);
    const forgotten = lines.filter(({ event }) => event === 'record.forgotten');
    expect(forgotten).toHaveLength(2);
    expect(forgotten).toContainEqual(
      expect.objectContaining({
        audit: true,
        key: keyOf('pr-1'),
        scope: 'pr-1',
        writer: 'pr-one',
        task: 'web#build',
        by: 'scope',
      }),
    );
    expect(lines).toContainEqual(
      expect.objectContaining({ event: 'store.forgot', by: 'scope', scope: 'pr-1', records: 2 }),
    );
    const { exitCode } = await runGatewayOnce(bundle, ['audit', 'verify', rig.auditFile]);
    expect(exitCode).toBe(0);
  });

  test('--dry removes nothing, and says how much it would be', async () => {
    await using rig = await rigged();
    expect(await rig.forget('--scope', 'pr-1', '--dry')).toEqual([
      0,
      expect.stringMatching(/^would remove 2 records and 2/),
    ]);
    expect(await rig.found()).toEqual(ALL);
  });

  test.each<[string, readonly string[], RegExp]>([
    ['nothing', [], /takes one of a key, --run <id> and --scope <name>/],
    ['two things', [keyOf('x'), '--scope', 'pr'], /takes one of/],
    ['a key that is none', ['../../etc'], /not a key/],
    ['a scope that is none', ['--scope', '../x'], /not a scope/],
    ['a namespace that is none', ['--scope', 'x', '--namespace', '..'], /not a namespace/],
  ])('refuses %s', async (_what, args, message) => {
    const { exitCode, stdout, stderr } = await runGatewayOnce(bundle, ['forget', ...args]);
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(message);
  });
});
