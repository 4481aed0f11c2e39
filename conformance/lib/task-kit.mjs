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
  writeFileSync,
} from 'node:fs';
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
