// @ts-check
/** @import { Bench, Target } from './types.d.ts' */
import { randomBytes } from 'node:crypto';
import { measureRow } from './measure-load.mjs';
import { using } from './sections.mjs';
import { digestOf, knownKey } from './questions.mjs';
import { storeArtifact, urlOf } from './seed.mjs';
import { startOurs } from './start-ours.mjs';
import { startNginx, whyNoNginx } from './start-peers.mjs';

const MEGABYTE = 1_000_000;
const SMALL_BYTES = MEGABYTE;
const SMALL_BLOBS = 20;
const CROWD = 100;

/** GETs of blobs through the gateway, on fs, beside nginx with the same files. @param {Bench} bench */
export async function measureProxy(bench) {
  const { mode, notes } = bench;
  await using(await startOurs(bench, 'fs'), async (ours) => {
    const large = await storeBlobs(ours, 1, mode.largeBytes);
    const small = await storeBlobs(ours, SMALL_BLOBS, SMALL_BYTES);
    const reason = mode.withPeers ? whyNoNginx() : undefined;
    if (reason !== undefined) notes.push(`nginx skipped: ${reason}`);
    const nginx = mode.withPeers && reason === undefined ? await startNginx(bench, ours.folder) : undefined;
    try {
      for (let round = 0; round < mode.rounds; round += 1) {
        for (const { blobs, connections } of [
          { blobs: large, connections: 1 },
          { blobs: large, connections: 4 },
          { blobs: small, connections: 1 },
          { blobs: small, connections: 8 },
        ]) {
          for (const target of nginx === undefined ? [ours] : [ours, nginx])
            await download(bench, target, { blobs, connections, round });
        }
      }
      await download(bench, ours, { blobs: large, connections: CROWD, round: 0 });
    } finally {
      await nginx?.stop();
    }
  });
}

/**
 * @typedef {{ sizeBytes: number, signed: readonly string[], plain: readonly string[] }} Blobs paths of the same files: for the gateway, and below
 * the store's folder
 */

/** @param {Bench} bench @param {Target} target @param {{ blobs: Blobs, connections: number, round: number }} options */
async function download(bench, target, { blobs, connections, round }) {
  const { sizeBytes } = blobs;
  const { warmUpMs, durationMs } = bench.mode;
  const paths = target.name === 'nginx' ? blobs.plain : blobs.signed;
  const load = { port: target.port, paths, sizeBytes, connections, warmUpMs, durationMs };
  const what = `GET ${sizeBytes / MEGABYTE} MB`;
  const about = { section: /** @type {const} */ ('proxy'), store: 'fs', what, round };
  const amount = { unit: /** @type {const} */ ('MB'), amount: sizeBytes / MEGABYTE };
  await measureRow(bench, target, { kind: 'download', load }, { ...about, ...amount });
}

/** Stores blobs of noise, and looks at each once: what is timed later is counted only. @param {Target} target @param {number} count @param {number} sizeBytes @returns {Promise<Blobs>} */
async function storeBlobs(target, count, sizeBytes) {
  /** @type {string[]} */
  const signed = [];
  /** @type {string[]} */
  const plain = [];
  for (let index = 0; index < count; index += 1) {
    const key = knownKey(index + sizeBytes);
    const digest = await storeArtifact(target, key, randomBytes(sizeBytes));
    const url = await urlOf(target, key);
    const content = Buffer.from(await (await fetch(url)).arrayBuffer());
    if (digestOf(content) !== digest) throw new Error(`${url} has other bytes than were put there`);
    const { pathname, search } = new URL(url);
    signed.push(pathname + search);
    plain.push(`/v1/default/t/cas/${digest.slice(0, 2)}/${digest}`);
  }
  return { sizeBytes, signed, plain };
}
