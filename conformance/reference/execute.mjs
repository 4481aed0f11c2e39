// @ts-check
/** @import { PlannedTask } from './plan.mjs' */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { loadVariables } from './key.mjs';

/** @typedef {{ stream: 'stdout' | 'stderr', text: string }[]} Log */

/** Runs the command and shows what it says. @param {PlannedTask} task @param {import('./bring-about.mjs').Context} context @returns {Promise<{ code: number, log: Log }>} */
export async function execute(task, { root, env }) {
  const { command, args, directory } = task;
  /** @type {Log} */
  const log = [];
  const child = spawn(process.execPath, [...command, ...args], {
    cwd: join(root, directory),
    env: { ...loadVariables(task, root), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of /** @type {const} */ (['stdout', 'stderr'])) {
    child[stream].setEncoding('utf8').on('data', (/** @type {string} */ text) => {
      log.push({ stream, text });
      process[stream].write(text);
    });
  }
  /** @type {number | null} */
  const code = await new Promise((resolve) => child.once('close', resolve));
  return { code: code ?? 1, log };
}
