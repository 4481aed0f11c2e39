// @ts-check
/** The client: a process of its own, told what to send. Says `warm` when it is ready, and the result when it was told to `run`. */
/** @import { ClientJob, LoadResult } from './types.d.ts' */
import { once } from 'node:events';
import { sendDownloads } from './send-downloads.mjs';
import { sendLoad } from './send-load.mjs';

const [job] = /** @type {[ClientJob]} */ (await once(process, 'message'));
/** @param {number} durationMs @returns {Promise<LoadResult>} */
const send = (durationMs) =>
  job.kind === 'load' ? sendLoad({ ...job.load, durationMs }) : sendDownloads({ ...job.load, durationMs });

if (job.load.warmUpMs > 0) await send(job.load.warmUpMs);
process.send?.('warm');
await once(process, 'message');
process.send?.(await send(job.load.durationMs));
process.disconnect();
