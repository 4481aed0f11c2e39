import { mapBounded } from '@velocity/core';
import type { CacheRecord, CommitResult } from '@velocity/protocol';
import type { GatewayContext } from '../context.js';
import type { Principal } from '../principals.js';
import { placeOf } from '../principals.js';
import { Refusal } from '../refusal.js';
import type { Ticket } from '../tickets.js';
import type { BlobVerdict } from './blob-store.js';
import type { RecordAddress } from './record-store.js';

const CONCURRENCY = 16;
/** A winner that vanishes or is unreadable is cleared away and the create repeated, so often. */
const ATTEMPTS = 3;

/** Turns a ticket into a record, once every blob it names is there and is what it says. @throws Refusal, VelocityError */
export async function commit(context: GatewayContext, principal: Principal, ticketText: string): Promise<CommitResult> {
  const ticket = context.tickets.verify(ticketText, principal);
  await verifyBlobs(context, ticket);
  const result = await publish(context, ticket);
  const { id, namespace, tier, scope, key, artifact } = ticket;
  context.logger.info(result.status === 'stored' ? 'record stored' : 'record divergent', {
    audit: true,
    event: `record.${result.status}`,
    principal: principal.name,
    namespace,
    tier,
    scope,
    key,
    task: artifact.task,
    manifestDigest: artifact.manifestDigest,
    ticketId: id,
  });
  context.metrics.commits.inc({ result: result.status });
  if (result.status === 'divergent') context.metrics.divergent.inc();
  return result;
}

async function verifyBlobs(context: GatewayContext, { namespace, tier, artifact }: Ticket): Promise<void> {
  const sizes = new Map(artifact.blobs.map(({ digest, size }) => [digest, size]));
  await mapBounded(sizes, CONCURRENCY, async ([digest, size]) => {
    const verdict = await context.blobs.verify({ namespace, tier, digest }, size);
    if (verdict !== 'sound') throw blobRefusal(verdict, digest);
  });
}

function blobRefusal(verdict: Exclude<BlobVerdict, 'sound'>, digest: string): Refusal {
  if (verdict === 'absent') {
    const hint = 'upload it and commit again, or negotiate again';
    return new Refusal(409, 'BLOB_MISSING', `the blob ${digest} was not uploaded`, { hint });
  }
  const what = verdict === 'wrong-size' ? 'has another size than the ticket says' : 'held other bytes and was removed';
  return new Refusal(422, 'INTEGRITY', `the blob ${digest} ${what}`, { hint: 'negotiate and upload again' });
}

async function publish(context: GatewayContext, ticket: Ticket): Promise<CommitResult> {
  const { namespace, tier, scope, key, artifact } = ticket;
  const address: RecordAddress = { namespace, place: placeOf(tier, scope), key };
  const record: CacheRecord = {
    version: 1,
    key,
    namespace,
    tier,
    scope,
    artifact,
    createdAt: new Date(context.now()).toISOString(),
    writer: ticket.principal,
  };
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if ((await context.records.create(address, record)) === 'created') {
      await context.history.remember(record);
      return { status: 'stored' };
    }
    const winner = await context.records.read(address);
    if (winner === 'unreadable') {
      context.metrics.recordsDropped.inc();
      await context.records.drop(address, 'unreadable');
      const dropped = { audit: true, event: 'record.dropped', namespace, place: address.place, key };
      context.logger.warn('removed a broken record', dropped);
    } else if (winner !== undefined) {
      const isSame = winner.artifact.manifestDigest === artifact.manifestDigest;
      return { status: isSame ? 'stored' : 'divergent' };
    }
  }
  throw new Refusal(503, 'STORAGE_UNAVAILABLE', 'the record could not be settled', { retryable: true });
}
