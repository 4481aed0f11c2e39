// @ts-check
/** @import { Bench, Question, SectionName, StoreKind, Target } from './types.d.ts' */
import { whyNoCeph } from '../remotes/ceph-store.mjs';
import { measureLoad, measureRow } from './measure-load.mjs';
import { seedOurs, seedTurbo } from './seed.mjs';
import { startOurs } from './start-ours.mjs';
import { startTurboPeer } from './start-peers.mjs';

/** @type {readonly Question[]} */
const QUESTIONS = ['known', 'unknown', 'upload'];
const MANY = 16;
const BATCHES = [100, 1000];
const BATCH_CONNECTIONS = 4;
const MEMORY_RATE = 1000;
const MEMORY_CONNECTIONS = 64;

/** One question a request; beside it, on fs, the existence check of turborepo-remote-cache. @param {Bench} bench */
export async function measureNegotiations(bench) {
  for (const store of usableStores(bench)) {
    await using(await startOurs(bench, store), async (ours) => {
      await seedOurs(ours, bench.mode.known);
      const peer = store === 'fs' && bench.mode.withPeers ? await startTurboPeer(bench) : undefined;
      try {
        if (peer !== undefined) await seedTurbo(peer, bench.mode.known);
        for (let round = 0; round < bench.mode.rounds; round += 1) {
          for (const connections of [1, MANY]) {
            for (const question of QUESTIONS) {
              await ask(bench, ours, { section: 'negotiate', store, question, batch: 1, connections, round });
              if (peer === undefined || question === 'upload') continue;
              const head = /** @type {Question} */ (`head-${question}`);
              await ask(bench, peer, { section: 'negotiate', store, question: head, batch: 1, connections, round });
            }
          }
        }
      } finally {
        await peer?.stop();
      }
    });
  }
}

/** 100 and 1,000 questions a request, and right before them the same questions one by one. @param {Bench} bench */
export async function measureBatches(bench) {
  for (const store of usableStores(bench)) {
    await using(await startOurs(bench, store), async (ours) => {
      await seedOurs(ours, bench.mode.known);
      for (let round = 0; round < bench.mode.rounds; round += 1) {
        for (const question of QUESTIONS) {
          for (const batch of [1, ...BATCHES]) {
            for (const connections of [1, BATCH_CONNECTIONS])
              await ask(bench, ours, { section: 'batch', store, question, batch, connections, round });
          }
        }
      }
    });
  }
}

/** Resident memory under a steady load of single negotiations, logging as it does by default. @param {Bench} bench */
export async function measureMemory(bench) {
  await using(await startOurs(bench, 'fs', { logLevel: 'info' }), async (ours) => {
    await seedOurs(ours, bench.mode.known);
    for (const question of QUESTIONS) {
      const load = { ...loadOf(bench, ours, question, 1, MEMORY_CONNECTIONS), rate: MEMORY_RATE, warmUpMs: 0 };
      const durationMs = bench.mode.memoryMs / QUESTIONS.length;
      const result = await measureLoad(bench, ours, { kind: 'load', load: { ...load, durationMs } });
      const third = Math.ceil(result.rssMiB.length / 3);
      const peakOf = (/** @type {readonly number[]} */ samples) => Math.round(Math.max(...samples));
      const row = {
        section: /** @type {const} */ ('memory'),
        server: ours.name,
        store: 'fs',
        what: `${question}, ${MEMORY_RATE}/s; peak MiB by thirds: ${[0, 1, 2]
          .map((part) => peakOf(result.rssMiB.slice(part * third, (part + 1) * third)))
          .join(', ')}`,
        connections: MEMORY_CONNECTIONS,
        round: 0,
        perSecond: (result.requests / result.elapsedMs) * 1000,
        unit: /** @type {const} */ ('artifacts'),
        p50Ms: result.p50Ms,
        p99Ms: result.p99Ms,
        cpuMsPerThousand: (result.cpuMs / result.requests) * 1000,
        clientCpuMsPerThousand: (result.clientMs / result.requests) * 1000,
        peakRssMiB: Math.max(...result.rssMiB),
        foreignShare: result.foreignShare,
        ...(result.wrong !== undefined && { wrong: result.wrong }),
      };
      bench.rows.push(row);
      bench.say(`memory ${row.what}: ${row.wrong ?? `${Math.round(row.perSecond)} artifacts/s`}`);
    }
  });
}

/** Those of the mode that can be had here. @param {Bench} bench @returns {readonly StoreKind[]} */
export function usableStores({ mode, notes }) {
  const reason = mode.stores.includes('rgw') ? whyNoCeph() : undefined;
  if (reason !== undefined && !notes.includes(`rgw skipped: ${reason}`)) notes.push(`rgw skipped: ${reason}`);
  return mode.stores.filter((store) => store !== 'rgw' || reason === undefined);
}

/**
 * @template {{ stop: () => Promise<void> }} T
 * @param {T} server @param {(server: T) => Promise<void>} body
 */
export async function using(server, body) {
  try {
    await body(server);
  } finally {
    await server.stop();
  }
}

/** @param {Bench} bench @param {Target} target @param {{ section: SectionName, store: string, question: Question, batch: number, connections: number, round: number }} what */
async function ask(bench, target, { section, store, question, batch, connections, round }) {
  const load = loadOf(bench, target, question, batch, connections);
  const what = batch === 1 ? question : `${question}, ${batch} in a batch`;
  const about = { section, store, what, round, unit: /** @type {const} */ ('artifacts'), amount: batch };
  await measureRow(bench, target, { kind: 'load', load }, about);
}

/** @param {Bench} bench @param {Target} target @param {Question} question @param {number} batch @param {number} connections */
function loadOf({ mode }, { port, token }, question, batch, connections) {
  const { warmUpMs, durationMs, known } = mode;
  return { port, token, question, batch, connections, warmUpMs, durationMs, known };
}
