/** The benchmark's own promises: each scenario is what it says it is, wrong runs are found, and its tables compare what ran together. */
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { runProcess, tempDir, writeTree, type ProcessResult } from '@velocity/testing';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const agent = join(root, 'apps/agent/dist/velocity.js');

function bench(...args: string[]): Promise<ProcessResult> {
  return runProcess(process.execPath, ['bench/bin/bench.mjs', ...args], { cwd: root, timeoutMs: 120_000 });
}

describe('the benchmark', () => {
  test('hits what it has to and leaves the right tree in every scenario', async () => {
    using dir = tempDir();
    const scenarios = 'cold,noop,restore,leaf,root,dry,large-save,large-restore,remote';
    const ours = ['--tools', 'velocity,floor', '--program', agent, '--work', dir.path];
    const result = await bench('--smoke', '--only', scenarios, ...ours);
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(result.stdout).toContain('10 runs right, 0 wrong');
  }, 120_000);

  test('counts a hit that restores nothing as wrong', async () => {
    using dir = tempDir();
    writeTree(dir.path, {
      'claims.js': "#!/usr/bin/env node\nconsole.log(' Cache   10 hit (10 local, 0 remote) · 0 miss');\n",
    });
    chmodSync(dir.join('claims.js'), 0o755);
    const program = ['--tools', 'velocity', '--program', dir.join('claims.js'), '--work', dir.join('work')];
    const result = await bench('--smoke', '--only', 'restore', ...program);
    expect(result.exitCode).toBe(1);
    expect(result.stdout).toMatch(/WRONG: .*dist is missing/);
    expect(result.stdout).toContain('0 runs right, 1 wrong');
  });

  test('takes ratios within a round, and says which goals are missed', async () => {
    using dir = tempDir();
    // The medians alone, 300 and 200, would make a ratio of 1.5.
    writeTree(dir.path, { 'results.json': results({ velocity: [10, 300, 400], turbo: [100, 1000, 200] }) });
    const { stdout, exitCode } = await bench('--report', dir.join('results.json'));
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/\| noop +\| turbo .*\| 0\.30 \[0\.10–2\.00\] +\| 0\.2 +\| \*\*no\*\* \|/);
    expect(stdout).toContain('- noop, 1,000 packages, Node 20.20.2: 0.30 of turbo instead of 0.2');
  });

  test('says a mistake on the command line in one line', async () => {
    for (const args of [['--bogus'], ['--smoke', '--tools', 'make'], ['--smoke', '--runs', 'many']]) {
      const { exitCode, stderr } = await bench(...args);
      expect(exitCode).toBe(1);
      expect(stderr.trim().split('\n')).toHaveLength(1);
    }
  });
});

/** A file of results with these times in milliseconds, one round after the other. */
function results(times: Readonly<Record<string, readonly number[]>>): string {
  const rows = Object.entries(times).flatMap(([tool, wall]) =>
    wall.map((wallMs, run) => ({
      node: '20.20.2',
      packages: 1000,
      scenario: 'noop',
      tool,
      run,
      wallMs,
      attempts: 1,
      waitedMs: 0,
    })),
  );
  const machine = {
    processor: 'p',
    cores: 2,
    memoryGiB: 4,
    kernel: 'k',
    fileSystem: 'ext4',
    cpuTime: 'rusage',
  };
  return JSON.stringify({ format: 1, date: '2026-01-01', machine, versions: {}, rows });
}
