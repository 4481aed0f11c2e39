// @ts-check
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';

const START_DEADLINE_MS = 60_000;
const POLL_MS = 100;

/**
 * A server's process. `stop` resolves when it has ended.
 * @typedef {{ processId: number, stop: () => Promise<void> }} Server
 */

/**
 * Starts a server and waits until it is ready; throws with what it said when it ends before that, or takes a minute.
 * @template Ready
 * @param {readonly string[]} argv
 * @param {{ env: Readonly<Record<string, string>>, signal: AbortSignal, ready: (lines: import('node:readline').Interface, signal: AbortSignal) => Promise<Ready> }} options
 * @returns {Promise<Server & { ready: Ready }>}
 */
export async function startServer([program = '', ...args], { env, signal, ready }) {
  const child = spawn(program, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = once(child, 'close').then(() => undefined);
  const errors = text(child.stderr);
  const stop = async () => {
    // Store scripts live as long as this pipe.
    child.stdin.end();
    child.kill('SIGTERM');
    await ended;
  };
  const given = AbortSignal.any([signal, AbortSignal.timeout(START_DEADLINE_MS)]);
  const end = ended.then(async () => {
    throw new Error(`${program} ${args[0] ?? ''} did not start:\n${await errors}`);
  });
  // Later on an end is none of its business.
  end.catch(() => undefined);
  try {
    const result = await Promise.race([ready(createInterface({ input: child.stdout }), given), end]);
    return { processId: child.pid ?? 0, stop, ready: result };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Ready as soon as a line matches. @param {RegExp} pattern */
export function onLine(pattern) {
  /** @param {import('node:readline').Interface} lines @param {AbortSignal} signal @returns {Promise<string>} what matched */
  return (lines, signal) =>
    new Promise((resolve, reject) => {
      // What comes later is read, too: a full pipe would stop the server.
      lines.on('line', (line) => {
        const match = pattern.exec(line);
        if (match !== null) resolve(match[0]);
      });
      signal.addEventListener('abort', () => reject(signal.reason));
    });
}

/** Ready as soon as a GET is answered well. @param {string} url @param {Readonly<Record<string, string>>} headers */
export function onAnswer(url, headers) {
  /** @param {import('node:readline').Interface} lines @param {AbortSignal} signal */
  return async (lines, signal) => {
    lines.on('line', () => undefined);
    while (!(await isAnswered(url, headers))) await delay(POLL_MS, undefined, { signal });
  };
}

/** @param {string} url @param {Readonly<Record<string, string>>} headers */
async function isAnswered(url, headers) {
  try {
    return (await fetch(url, { headers })).ok;
  } catch {
    // Not listening yet.
    return false;
  }
}
