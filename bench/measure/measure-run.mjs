// @ts-check
/** @import { Instruments, Usage } from '../lib/types.d.ts' */
import { closeSync, openSync, readFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { coreCount, machineTime, processTime } from './processor-time.mjs';

const DEADLINE_MS = 30 * 60_000;

/**
 * Runs a command to its end with its output in a file, and says what it took. One that is over the deadline is killed with its
 * process group and has no exit code.
 * @param {readonly string[]} argv
 * @param {{ cwd: string, env: Readonly<Record<string, string>>, logFile: string, servers: readonly number[], signal: AbortSignal }} options
 *   `servers`: processes that work for the run although it did not start them
 * @param {Instruments} instruments
 * @returns {Promise<Usage>}
 */
export async function measureRun(argv, { cwd, env, logFile, servers, signal }, { meter, timeProgram }) {
  const usageFile = `${logFile}.usage`;
  const wrapped = timeProgram === undefined ? argv : [timeProgram, '-f', '%U %S %M', '-o', usageFile, ...argv];
  const output = openSync(logFile, 'w');
  try {
    const before = readCounters(meter, servers);
    const started = performance.now();
    const code = await runToEnd(wrapped, { cwd, env, output, signal });
    const wallMs = performance.now() - started;
    const after = readCounters(meter, servers);
    if (meter === undefined) return { wallMs, code };
    const reaped = readUsage(usageFile);
    const shares = divideTime(before, after, reaped.cpuMs);
    return {
      wallMs,
      code,
      cpuMs: shares.runMs,
      maxRssKiB: reaped.maxRssKiB,
      foreignShare: shares.foreignMs / (wallMs * coreCount),
      ...(servers.length > 0 && { serverCpuMs: shares.serverMs }),
    };
  } finally {
    closeSync(output);
  }
}

/** @param {Instruments['meter']} meter @param {readonly number[]} servers */
function readCounters(meter, servers) {
  const own = process.cpuUsage();
  return {
    groupMs: meter?.groupMs(),
    ownMs: (own.user + own.system) / 1000,
    serverMs: processTime(servers),
    ...machineTime(),
  };
}

/**
 * Whose the machine's time was: the run's, its servers' or others'.
 * @param {ReturnType<typeof readCounters>} before
 * @param {ReturnType<typeof readCounters>} after
 * @param {number} reapedMs what the processes of the run took that ended with it
 */
function divideTime(before, after, reapedMs) {
  const ownMs = after.ownMs - before.ownMs;
  const serverMs = after.serverMs - before.serverMs;
  const groupMs =
    before.groupMs === undefined || after.groupMs === undefined ? undefined : after.groupMs - before.groupMs;
  const oursMs = groupMs ?? reapedMs + ownMs + serverMs;
  return {
    runMs: groupMs === undefined ? reapedMs : Math.max(0, groupMs - ownMs - serverMs),
    serverMs,
    foreignMs: Math.max(0, after.busyMs - before.busyMs - oursMs) + (after.stolenMs - before.stolenMs),
  };
}

/** What GNU time wrote; a line about a failed command may stand before it. @param {string} file */
function readUsage(file) {
  const [user = 0, system = 0, maxRssKiB = 0] = (readFileSync(file, 'utf8').trim().split('\n').at(-1) ?? '')
    .split(' ')
    .map(Number);
  return { cpuMs: (user + system) * 1000, maxRssKiB };
}

/**
 * @param {readonly string[]} argv
 * @param {{ cwd: string, env: Readonly<Record<string, string>>, output: number, signal: AbortSignal }} options
 * @returns {Promise<number | null>}
 */
async function runToEnd([program = '', ...args], { cwd, env, output, signal }) {
  signal.throwIfAborted();
  // A group of its own, so that nothing of it is left when it has to be killed.
  const child = spawn(program, args, { cwd, env, detached: true, stdio: ['ignore', output, output] });
  const kill = () => killGroup(child.pid);
  const timer = setTimeout(kill, DEADLINE_MS);
  signal.addEventListener('abort', kill);
  try {
    const code = await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', resolve);
    });
    signal.throwIfAborted();
    return code;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', kill);
  }
}

/** @param {number | undefined} id */
function killGroup(id) {
  if (id === undefined) return;
  try {
    process.kill(-id, 'SIGKILL');
  } catch {
    // It ended in this moment.
  }
}
