// @ts-check
/** @import { Bench, ClientJob, LoadResult, Row, Target } from './types.d.ts' */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { coreCount, machineTime, processTime } from '../measure/processor-time.mjs';

const clientProgram = fileURLToPath(new URL('client.mjs', import.meta.url));
const SAMPLE_MS = 100;

/**
 * Runs the client against a server, and reads what the server took meanwhile.
 * @param {Bench} bench
 * @param {Target} target
 * @param {ClientJob} job
 * @returns {Promise<LoadResult & { cpuMs: number, clientMs: number, foreignShare: number, rssMiB: readonly number[] }>} `rssMiB` in the order of time
 */
export async function measureLoad({ place }, target, job) {
  const client = fork(clientProgram, { env: place.env, signal: place.signal });
  // An end before its time ends the wait, too.
  const ended = once(client, 'exit').then(([code]) => {
    throw new Error(`the client ended with ${code}`);
  });
  ended.catch(() => undefined);
  const said = async () => /** @type {[any]} */ (await Promise.race([once(client, 'message'), ended]))[0];
  const clientId = client.pid ?? 0;
  client.send(job);
  await said();
  const before = { cpuMs: processTime([target.processId]), clientMs: processTime([clientId]), ...machineTime() };
  /** @type {number[]} */
  const rssMiB = [];
  const sampler = setInterval(() => rssMiB.push(residentMiB(target.processId)), SAMPLE_MS);
  const startedMs = performance.now();
  client.send('run');
  const result = /** @type {LoadResult} */ (await said());
  clearInterval(sampler);
  rssMiB.push(residentMiB(target.processId));
  const cpuMs = processTime([target.processId]) - before.cpuMs;
  const clientMs = processTime([clientId]) - before.clientMs;
  const after = machineTime();
  const takenMs = after.busyMs - before.busyMs + after.stolenMs - before.stolenMs;
  const wallMs = performance.now() - startedMs;
  const foreignShare = Math.max(0, (takenMs - cpuMs - clientMs) / (wallMs * coreCount));
  return { ...result, cpuMs, clientMs, foreignShare, rssMiB };
}

/**
 * The same as a row. `amount` is what one request brings: artifacts, or megabytes.
 * @param {Bench} bench @param {Target} target @param {ClientJob} job
 * @param {Pick<Row, 'section' | 'store' | 'what' | 'round' | 'unit'> & { amount: number }} about
 * @returns {Promise<Row>} already in the bench's rows
 */
export async function measureRow(bench, target, job, { amount, ...about }) {
  const result = await measureLoad(bench, target, job);
  const total = result.requests * amount;
  /** @type {Row} */
  const row = {
    ...about,
    server: target.name,
    connections: job.load.connections,
    perSecond: (total / result.elapsedMs) * 1000,
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
    cpuMsPerThousand: (result.cpuMs / total) * 1000,
    clientCpuMsPerThousand: (result.clientMs / total) * 1000,
    peakRssMiB: Math.max(...result.rssMiB),
    foreignShare: result.foreignShare,
    ...(result.wrong !== undefined && { wrong: result.wrong }),
  };
  bench.rows.push(row);
  const said = `${Math.round(row.perSecond)} ${row.unit}/s, ${row.cpuMsPerThousand.toFixed(1)} ms CPU per 1,000`;
  bench.say(`${row.section} ${row.server} ${row.store} ${row.what} c=${row.connections}: ${row.wrong ?? said}`);
  return row;
}

/** @param {number} processId */
function residentMiB(processId) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${processId}/status`, 'utf8'))?.[1] ?? 0) / 1024;
}
