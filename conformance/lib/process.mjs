// @ts-check
/** @import { ProcessResult, RunningProcess } from './types.d.ts' */
import { spawn, spawnSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';

const DEADLINE_MS = 120_000;
/** Something that outlives the runner may hold its pipes open: no reason to wait for it. */
const PIPE_GRACE_MS = 1500;

/**
 * Runs a program in a process group of its own until it ends. A run over the deadline is killed and says so on its stderr.
 * @param {readonly string[]} argv
 * @param {{ cwd: string, env: Readonly<Record<string, string>>, onStart?: ((process: RunningProcess) => void) | undefined, uid?: number | undefined, deadlineMs?: number | undefined }} options
 * @returns {Promise<ProcessResult>}
 */
export async function runProcess([program = '', ...args], { cwd, env, onStart, uid, deadlineMs = DEADLINE_MS }) {
  const started = performance.now();
  const who = uid === undefined ? {} : { uid, gid: uid };
  const child = spawn(program, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'], ...who });
  /** @type {Buffer[]} */
  const stdout = [];
  /** @type {Buffer[]} */
  const stderr = [];
  child.stdout.on('data', (chunk) => stdout.push(chunk));
  child.stderr.on('data', (chunk) => stderr.push(chunk));
  const kill = () => killGroup(child.pid);
  const timer = setTimeout(() => {
    stderr.push(Buffer.from(`\nkilled after ${deadlineMs / 1000} s\n`));
    kill();
  }, deadlineMs);
  try {
    /** @type {Promise<void>} */
    const closed = new Promise((resolve) => child.once('close', () => resolve()));
    /** @type {Promise<number | null>} */
    const exited = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', resolve);
    });
    onStart?.({ kill });
    const code = await exited;
    await Promise.race([closed, delay(PIPE_GRACE_MS, undefined, { ref: false })]);
    return { code, stdout: text(stdout), stderr: text(stderr), durationMs: performance.now() - started };
  } finally {
    clearTimeout(timer);
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

/** @param {Buffer[]} chunks */
function text(chunks) {
  return Buffer.concat(chunks).toString('utf8');
}

/** @param {number | undefined} pid */
function killGroup(pid) {
  if (pid === undefined) return;
  if (process.platform === 'win32') {
    spawnSync('taskkill', ['/pid', String(pid), '/T', '/F']);
    return;
  }
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // It has ended in the meantime.
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ESRCH') throw error;
  }
}
