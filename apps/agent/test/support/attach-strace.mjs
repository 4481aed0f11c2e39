// @ts-check
/**
 * Preloaded into the agent by --import: has strace attached to every thread of this process before the program starts, so that what
 * strace counts are the program's own system calls, neither those of Node's start nor those of the commands that it runs.
 */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';

const args = process.env['STRACE_ARGS'];
if (args !== undefined) {
  // The first work of the pool starts all of its threads.
  await stat('/');
  const threads = readdirSync('/proc/self/task');
  const attach = threads.flatMap((thread) => ['-p', thread]);
  spawn('strace', [...JSON.parse(args), ...attach], { detached: true, stdio: 'ignore' }).unref();
  while (!threads.every(isTraced)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
}

/** @param {string} thread */
function isTraced(thread) {
  return !/^TracerPid:\s+0$/m.test(readFileSync(`/proc/self/task/${thread}/status`, 'utf8'));
}
