// @ts-check
/** Copied into every box beside the workspace: what the tasks of the probes are made of. Whatever is in here is no runner's input. */
import {
  appendFileSync,
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const control = fileURLToPath(new URL('.', import.meta.url));
const PATIENCE_MS = 60_000;

/** Every task calls this first. @param {string} task */
export function begin(task) {
  appendFileSync(join(control, 'executions'), `${task}\n`);
}

/** Waits here while the probe wants it to. @param {string} name */
export async function hold(name) {
  const gate = join(control, `hold-${name}`);
  if (!existsSync(gate)) return;
  writeFileSync(join(control, `reached-${name}`), '');
  const deadline = performance.now() + PATIENCE_MS;
  while (existsSync(gate) && performance.now() < deadline) await delay(10);
}

/** Tells the probe that the task has come this far. @param {string} name */
export function tell(name) {
  writeFileSync(join(control, name), '');
}

/** Whether the probe has put this sign up. @param {string} name */
export function isSet(name) {
  return existsSync(join(control, name));
}

/**
 * Every file below a folder, links followed, sorted.
 * @param {string} from
 * @returns {{ path: string, content: Uint8Array, mode: number }[]}
 */
export function readFiles(from) {
  const paths = existsSync(from) ? readdirSync(from, { recursive: true, encoding: 'utf8' }) : [];
  return paths
    .filter((path) => existsSync(join(from, path)) && !lstatSync(join(from, path)).isDirectory())
    .sort()
    .map((path) => ({
      path,
      content: readFileSync(join(from, path)),
      mode: lstatSync(join(from, path)).mode & 0o777,
    }));
}

/** @param {{ path: string, content: Uint8Array | string, mode?: number }[]} files @param {string} to */
export function writeFiles(files, to) {
  mkdirSync(to, { recursive: true });
  for (const { path, content, mode } of files) {
    mkdirSync(join(to, path, '..'), { recursive: true });
    writeFileSync(join(to, path), content);
    if (mode !== undefined) chmodSync(join(to, path), mode);
  }
}

/** What most tasks do. Removes nothing: that a source is gone is not its concern. @param {string} from @param {string} to */
export function copy(from, to) {
  writeFiles(readFiles(from), to);
}

/** A socket that nobody listens on. @param {string} file */
export async function makeSocket(file) {
  const server = createServer();
  await new Promise((resolve) => server.listen(`${file}.new`, () => resolve(undefined)));
  // Node removes it under the name that it was made with.
  renameSync(`${file}.new`, file);
  server.close();
}

/**
 * Leaves a process behind that writes into the file all the time, from before this returns, and the last word when the probe says stop.
 * @param {string} file
 * @param {{ isGrowing: boolean, lastWord: string }} options growing, or written again and again
 */
export async function leaveWriter(file, { isGrowing, lastWord }) {
  const code = `const { appendFileSync, existsSync, openSync, writeFileSync, writeSync } = require('node:fs');
const [, file, control, lastWord] = process.argv;
const deadline = Date.now() + ${PATIENCE_MS};
const handle = openSync(file, ${isGrowing} ? 'a' : 'w');
const write = () => (${isGrowing} ? appendFileSync(handle, 'more') : writeSync(handle, 'half', 0));
write();
writeFileSync(control + 'has-begun', '');
while (!existsSync(control + 'stop') && Date.now() < deadline) write();
writeFileSync(file, lastWord);
writeFileSync(control + 'has-stopped', '');`;
  const options = { detached: true, stdio: /** @type {const} */ ('ignore') };
  spawn(process.execPath, ['-e', code, file, control, lastWord], options).unref();
  while (!isSet('has-begun')) await delay(5);
}
