import { cpSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { readTree } from '@velocity/testing';
import { createRig, type Rig } from './rig.js';
import { outcomes } from './support/output.js';

/** A fresh clone of one of the examples, without what someone may have built in it. */
function clone(name: string): Rig {
  // Compilers are found by way of the user's own home.
  const rig = createRig({}, { env: { HOME: homedir() } });
  const source = fileURLToPath(new URL(`../../../examples/${name}`, import.meta.url));
  const built = /\/(?:dist|node_modules|\.velocity|target|build|generated)$/;
  cpSync(source, rig.root, { recursive: true, filter: (path) => !built.test(path) });
  return rig;
}

describe('the JavaScript example', () => {
  test('builds and tests, and then has nothing to do', async () => {
    using rig = clone('javascript');
    const first = await rig.run('build', 'test', '--no-remote-cache');
    expect([first.exitCode, first.stderr]).toEqual([0, '']);
    expect(Object.keys(outcomes(first))).toHaveLength(8);
    const second = await rig.run('build', 'test', '--no-remote-cache');
    expect(second.stdout).toMatch(/8 hit \(8 local, 0 remote\) · 0 miss · FULL CACHE/);
  });
});

describe('the polyglot example', () => {
  test('builds what this machine has tools for, says what it skipped, and then has nothing to do', async () => {
    using rig = clone('polyglot');
    const { stdout: missing } = await rig.shell(
      'for tool in tsc python3 cargo; do command -v "$tool" > /dev/null || echo "$tool"; done',
    );
    const first = await rig.run('build');
    expect([first.exitCode, first.stderr]).toEqual([0, '']);
    for (const tool of missing.split('\n').filter((line) => line !== '')) {
      expect(first.stdout).toContain(`skipped: ${tool} is not installed`);
    }
    expect(outcomes(first)).toEqual({
      'schema:build': 'ran',
      'engine:build': 'ran',
      'etl:build': 'ran',
      'web:build': 'ran',
    });
    const made = readTree(rig.root);
    const second = await rig.run('build');
    expect(second.stdout).toMatch(/4 hit \(4 local, 0 remote\) · 0 miss · FULL CACHE/);
    rmSync(rig.path('.velocity'), { recursive: true });
    const third = await rig.run('build');
    expect(new Set(Object.values(outcomes(third)))).toEqual(new Set(['hit local']));
    const now = readTree(rig.root);
    for (const [path, node] of Object.entries(made))
      if (!path.startsWith('.velocity/')) expect([path, now[path]]).toEqual([path, node]);
  }, 60_000);
});
