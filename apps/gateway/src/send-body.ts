import type { ServerResponse } from 'node:http';
import type { BodyReader } from '@velocity/storage';
import { BlobSender } from './blob-sender.js';
import type { SlabPool } from './slab-pool.js';

export interface SendBodyOptions {
  /** Its head is written. */
  readonly outgoing: ServerResponse;
  /** Closed at the end, whatever happens. */
  readonly reader: BodyReader;
  readonly size: number;
  readonly slabs: SlabPool;
  readonly onChunk: (size: number) => void;
  /** The source failed; the connection is cut, so that the client sees a body that is too short. */
  readonly onError: (error: unknown) => void;
}

/** Sends a body straight to Node's response: through web streams it is half as fast. */
export async function sendBody({ outgoing, reader, size, slabs, onChunk, onError }: SendBodyOptions): Promise<void> {
  try {
    await new BlobSender(outgoing, slabs).send(reader, size, onChunk);
  } catch (error) {
    onError(error);
    outgoing.destroy();
  } finally {
    await reader.close();
  }
}
