import { mapBounded, VelocityError, type CacheKey, type Digest } from '@velocity/core';
import type { BlobDescription, NegotiateResult, UploadNeededResult } from '@velocity/protocol';
import type { SaveVerdict, StoredArtifact } from './artifact-store.js';
import type { GatewayClient } from './gateway-client.js';
import { itemError } from './gateway-error.js';
import type { NegotiationQueue } from './negotiation-queue.js';
import { RefusedError } from './refused-error.js';
import { isUrlRefused, type TransferOptions, type TransferTarget } from './transfer.js';
import { uploadBlob } from './upload-blob.js';

export interface UploadRoute {
  readonly gateway: GatewayClient;
  readonly queue: NegotiationQueue;
  readonly transfer: TransferOptions;
}

interface Piece {
  readonly index: number;
  readonly blob: BlobDescription;
  readonly target: TransferTarget;
}

const PARALLEL_BLOBS = 4;
/** A long upload can outlive its URLs or its ticket; what has arrived by then need not be sent again. */
const ROUNDS = 2;
/** What a commit is refused for that another negotiation mends. A random ticket key ends with the gateway's process. */
const STALE = new Set(['BLOB_MISSING', 'INTEGRITY', 'TICKET_EXPIRED', 'TICKET_INVALID']);

/**
 * Negotiates, sends the blobs that are missing, and has the record written.
 * @throws VelocityError; BodyError when the artifact's own blobs cannot be read
 */
export async function uploadArtifact(
  key: CacheKey,
  artifact: StoredArtifact,
  { gateway, queue, transfer }: UploadRoute,
): Promise<SaveVerdict> {
  const { description } = artifact;
  const { signal } = transfer;
  for (let round = 1; ; round++) {
    const answer = await queue.ask({ hash: key, action: 'upload', artifact: description }, signal);
    const offer = offerOf(answer, gateway.origin);
    if (offer === 'skipped') return 'exists';
    try {
      await putBlobs(artifact, offer, transfer);
      const { status } = await gateway.commit(offer.ticket, signal);
      return status === 'stored' ? 'saved' : 'divergent';
    } catch (error) {
      if (round === ROUNDS || !isStale(error)) throw error;
    }
  }
}

function offerOf(answer: NegotiateResult, origin: string): UploadNeededResult | 'skipped' {
  if ('error' in answer) throw itemError(origin, answer);
  if (answer.status === 'upload_needed') return answer;
  if (answer.status === 'skipped') return 'skipped';
  throw new VelocityError('PROTOCOL', `${origin} answered an upload with ${answer.status}`);
}

async function putBlobs(artifact: StoredArtifact, offer: UploadNeededResult, options: TransferOptions): Promise<void> {
  const pieces = missingPieces(artifact.description.blobs, offer);
  await mapBounded(pieces, PARALLEL_BLOBS, async ({ index, blob, target }) => {
    const open = (): Promise<AsyncIterable<Uint8Array>> => artifact.openBlob(index, signalOf(options));
    await uploadBlob(blob, target, open, options);
  });
}

/** Each blob that the storage does not have, once. Nothing is sent unless the answer is for exactly these blobs. */
function missingPieces(blobs: readonly BlobDescription[], offer: UploadNeededResult): readonly Piece[] {
  const pieces = new Map<Digest, Piece>();
  for (const [index, blob] of blobs.entries()) {
    const target = offer.blobs[index];
    if (target?.digest !== blob.digest || offer.blobs.length !== blobs.length) {
      throw new VelocityError('PROTOCOL', 'the gateway answered an upload for other blobs');
    }
    if (!('have' in target)) pieces.set(blob.digest, { index, blob, target });
  }
  return [...pieces.values()];
}

function isStale(error: unknown): boolean {
  return isUrlRefused(error) || (error instanceof RefusedError && STALE.has(error.reason ?? ''));
}

function signalOf({ signal }: TransferOptions): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
