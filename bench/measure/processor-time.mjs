// @ts-check
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { listProcessTree } from './process-tree.mjs';

/** USER_HZ, which is 100 on every Linux there is. */
const TICK_MS = 10;
const QUIET_SHARE = 0.06;
const SAMPLE_MS = 300;

export const coreCount = availableParallelism();

/** CPU milliseconds that the machine has worked since it started, and those that its host took away. */
export function machineTime() {
  const line = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0] ?? '';
  const [user = 0, nice = 0, system = 0, , , interrupts = 0, softInterrupts = 0, stolen = 0] = line
    .trim()
    .split(/\s+/)
    .slice(1)
    .map((ticks) => Number(ticks) * TICK_MS);
  return { busyMs: user + nice + system + interrupts + softInterrupts, stolenMs: stolen };
}

/** CPU milliseconds that processes and all below them have taken. @param {readonly number[]} processIds */
export function processTime(processIds) {
  return processIds.flatMap(listProcessTree).reduce((sum, id) => sum + ownTime(id), 0);
}

/**
 * Resolves when others leave the machine alone, or when the limit has passed.
 * @param {number} limitMs
 * @param {AbortSignal} signal
 * @returns {Promise<number>} how long it took, in milliseconds
 */
export async function waitForQuiet(limitMs, signal) {
  const started = performance.now();
  const waited = () => performance.now() - started;
  for (;;) {
    const before = machineTime();
    const sampleStarted = performance.now();
    await delay(SAMPLE_MS, undefined, { signal });
    const after = machineTime();
    const takenMs = after.busyMs - before.busyMs + after.stolenMs - before.stolenMs;
    const share = takenMs / ((performance.now() - sampleStarted) * coreCount);
    if (share < QUIET_SHARE || waited() > limitMs) return waited();
  }
}

/** @param {number} id */
function ownTime(id) {
  try {
    const fields = readFileSync(`/proc/${id}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  } catch {
    // It has ended since it was listed.
    return 0;
  }
}
