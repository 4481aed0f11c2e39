// @ts-check
import { readdirSync, readFileSync } from 'node:fs';

/** A process and all below it that run now. @param {number} id @returns {number[]} */
export function listProcessTree(id) {
  return [id, ...childrenOf(id).flatMap(listProcessTree)];
}

/** @param {number} id */
function childrenOf(id) {
  try {
    return readdirSync(`/proc/${id}/task`)
      .map((task) => readFileSync(`/proc/${id}/task/${task}/children`, 'utf8').trim())
      .flatMap((line) => (line === '' ? [] : line.split(' ').map(Number)));
  } catch {
    // It has ended since its parent was looked at.
    return [];
  }
}
