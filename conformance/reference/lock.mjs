// @ts-check
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Only one process at a time is in `body` for the same file. One that died does not count. @template T @param {string} file @param {() => Promise<T>} body @param {Set<string>} faults @returns {Promise<T>} */
export async function withLock(file, body, faults) {
  mkdirSync(dirname(file), { recursive: true });
  while (!take(file, faults)) await delay(20);
  try {
    return await body();
  } finally {
    rmSync(file, { force: true });
  }
}

/** @param {string} file @param {Set<string>} faults */
function take(file, faults) {
  // Written whole and then linked: nobody ever sees a lock without its holder.
  const mine = `${file}.${process.pid}`;
  writeFileSync(mine, String(process.pid));
  try {
    linkSync(mine, file);
    return true;
  } catch (error) {
    if (isAlive(holder(file))) return false;
    if (faults.has('dead-locks')) throw new Error(`${file} is locked`, { cause: error });
    rmSync(file, { force: true });
    return false;
  } finally {
    rmSync(mine, { force: true });
  }
}

/** @param {string} file */
function holder(file) {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    // Given back in the meantime: the next try will see.
    return process.pid;
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}
