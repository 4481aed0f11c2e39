import { existsSync, readFileSync } from 'node:fs';

import { describe, expect, test } from '@jest/globals';
import { runProcess, startProcess, tempDir } from '@velocity/testing';

import { until } from './s3-fixture.js';

const node = process.execPath;

/** False also for a zombie: it ended, and only waits for an init process to notice. */
function isRunning(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    // Without a file there is no process.
    return false;
  }
}

describe('runProcess', () => {
  test('gives the exit code, both outputs apart, and feeds the input', async () => {
    const script = 'process.stdin.pipe(process.stdout); process.stderr.write("warned"); process.exitCode = 3';
    const result = await runProcess(node, ['-e', script], { input: 'given' });
    expect(result).toMatchObject({ exitCode: 3, signal: null, stdout: 'given', stderr: 'warned' });
    expect(result.durationMs).toBeGreaterThan(0);
  });

  test('hands on PATH and a home of its own, and nothing else', async () => {
    const print = 'process.stdout.write(JSON.stringify(process.env))';
    const { stdout } = await runProcess(node, ['-e', print], { env: { EXTRA: 'yes' } });
    const seen = JSON.parse(stdout) as Record<string, string>;
    expect(Object.keys(seen).sort()).toEqual(['EXTRA', 'HOME', 'PATH']);
    expect(existsSync(seen['HOME'] ?? '')).toBe(false);
  });

  test('runs where it is told', async () => {
    using folder = tempDir();
    const { stdout } = await runProcess(node, ['-p', 'process.cwd()'], { cwd: folder.path });
    expect(stdout.trim()).toBe(folder.path);
  });

  test('says what was printed when time runs out, and kills the group', async () => {
    const script = `console.log('child', require('child_process').spawn('sleep', ['60']).pid); setInterval(() => {}, 1000)`;
    const outcome = await runProcess(node, ['-e', script], { timeoutMs: 1000 }).catch(
      (error: unknown) => error as Error,
    );
    const failure = outcome instanceof Error ? outcome.message : '';
    expect(failure).toContain('did not end within 1000 ms');
    const child = Number(/child (\d+)/.exec(failure)?.[1]);
    await until(() => !isRunning(child));
  });

  test('sends a signal after a line', async () => {
    const script = 'process.on("SIGINT", () => process.exit(7)); setInterval(() => {}, 1000); console.log("ready")';
    const signalAfter = { signal: 'SIGINT', line: /^ready$/m } as const;
    expect(await runProcess(node, ['-e', script], { signalAfter })).toMatchObject({ exitCode: 7 });
    const after = { signal: 'SIGKILL', ms: 10 } as const;
    expect(await runProcess('sleep', ['60'], { signalAfter: after })).toMatchObject({
      exitCode: null,
      signal: 'SIGKILL',
    });
  });

  test('a command that does not exist is an error that names it', async () => {
    await expect(runProcess('no-such-command')).rejects.toThrow('cannot start no-such-command');
  });
});

describe('startProcess', () => {
  test('waits for a line, past or future, and takes children down with it', async () => {
    const script = `
      const child = require('child_process').spawn('sleep', ['60']);
      console.log('child', child.pid);
      process.stdin.on('data', (text) => console.log('heard', String(text)));`;
    const running = await startProcess(node, ['-e', script]);
    const child = Number((await running.waitForLine(/^child (\d+)$/m))[1]);
    running.stdin.write('word');
    expect((await running.waitForLine(/heard (\w+)/g))[1]).toBe('word');
    expect((await running.waitForLine(/heard (\w+)/g))[1]).toBe('word');
    await expect(running.waitForLine(/never/, { timeoutMs: 20 })).rejects.toThrow('printed nothing like /never/');
    expect(isRunning(child)).toBe(true);
    await running[Symbol.asyncDispose]();
    await until(() => !isRunning(child));
    expect(await running.result).toMatchObject({ signal: 'SIGKILL' });
  });

  test('a process that ends without the line does not keep one waiting', async () => {
    await using running = await startProcess(node, ['-e', 'console.error("broken"); process.exit(1)']);
    await expect(running.waitForLine(/ready/)).rejects.toThrow(/ended \(1\) without \/ready\/:\nbroken/);
  });
});
