import type { ClientRequest } from 'node:http';
import type { Deadline } from './deadline.js';

/** A body that is sent as it is read. */
export interface HttpBody {
  /** Exactly so many bytes come from `open`, or it throws. */
  readonly size: number;
  /** From the start, each time: a request that is tried again sends it again. Opens nothing before the first byte is asked for. */
  open(): AsyncIterable<Uint8Array>;
}

/** The body's own source failed: the other side has nothing to do with it. `cause` is what the source threw. */
export class BodyError extends Error {
  constructor(cause: unknown) {
    super('the body could not be read', { cause });
    this.name = 'BodyError';
  }
}

/** From so many bytes on, the other side is asked first. Less is on its way before it could say no. */
const ASK_FIRST_BYTES = 64 * 1024;
/** For servers that know nothing of asking (RFC 9110, 10.1.1: a client must not wait for ever); curl waits as long. */
const CONTINUE_WAIT_MS = 1000;

/**
 * The header that asks whether a body is wanted at all. A server that refuses one it has begun to receive closes the connection, and the
 * reset that follows often overtakes its answer: who always sends would see a lost connection instead of "that is there already".
 */
export function askFirst({ size }: HttpBody): { readonly expect?: string } {
  return size < ASK_FIRST_BYTES ? {} : { expect: '100-continue' };
}

/** Sends a body and ends the request. Stops when the other side answers early or is gone. @throws BodyError */
export async function sendBody(request: ClientRequest, body: HttpBody, deadline: Deadline): Promise<void> {
  const stopped = new Promise<undefined>((resolve) => {
    for (const event of ['response', 'close']) request.once(event, () => resolve(undefined));
  });
  if (request.hasHeader('expect') && !(await goAhead(request))) return;
  const chunks = body.open()[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await nextChunk(chunks, stopped, deadline);
      if (next === undefined) return;
      if (next.done === true) {
        request.end();
        return;
      }
      if (!request.write(next.value)) await Promise.race([drained(request), stopped]);
      if (request.destroyed) return;
    }
  } finally {
    // Not awaited: a source that hangs would hold up a request that is long over.
    void chunks.return?.().catch(() => undefined);
  }
}

/** False when the answer comes, or the connection goes, before there is a go-ahead. */
function goAhead(request: ClientRequest): Promise<boolean> {
  request.flushHeaders();
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    request.once('socket', () => {
      timer = setTimeout(() => resolve(true), CONTINUE_WAIT_MS);
    });
    const settle = (mayGo: boolean): void => {
      clearTimeout(timer);
      resolve(mayGo);
    };
    request.once('continue', () => settle(true));
    for (const event of ['response', 'close']) request.once(event, () => settle(false));
  });
}

async function nextChunk(
  chunks: AsyncIterator<Uint8Array>,
  stopped: Promise<undefined>,
  deadline: Deadline,
): Promise<IteratorResult<Uint8Array> | undefined> {
  deadline.isOurTurn = true;
  try {
    return await Promise.race([chunks.next(), stopped]);
  } catch (error) {
    throw new BodyError(error);
  } finally {
    deadline.isOurTurn = false;
  }
}

function drained(request: ClientRequest): Promise<void> {
  return new Promise((resolve) => request.once('drain', resolve));
}
