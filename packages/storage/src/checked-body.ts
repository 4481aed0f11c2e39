import { createHash } from 'node:crypto';
import { VelocityError } from '@velocity/core';
import type { CreateOptions } from './driver.js';

export type BodySource = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/**
 * Passes a body on while counting and hashing it. A byte too many throws at once, one too few or another digest at the end: so whoever
 * consumes this to the end without a throw has exactly the announced body.
 *
 * @throws VelocityError `INTEGRITY`; the signal's reason when it is aborted
 */
export async function* checkedBody(key: string, body: BodySource, options: CreateOptions): AsyncGenerator<Uint8Array> {
  const hash = options.sha256 === undefined ? undefined : createHash('sha256');
  let size = 0;
  for await (const chunk of abortable(body, options.signal)) {
    size += chunk.byteLength;
    if (size > options.size) {
      throw new VelocityError('INTEGRITY', `${key}: the body is longer than the ${options.size} bytes announced`);
    }
    hash?.update(chunk);
    yield chunk;
  }
  if (size < options.size) {
    throw new VelocityError('INTEGRITY', `${key}: the body has ${size} bytes, ${options.size} were announced`);
  }
  const digest = hash?.digest('hex');
  if (digest !== options.sha256) {
    throw new VelocityError('INTEGRITY', `${key}: the body's SHA-256 is ${digest}, ${options.sha256} was announced`);
  }
}

/** The whole body in memory, checked. */
export async function collectBody(key: string, body: BodySource, options: CreateOptions): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of checkedBody(key, body, options)) chunks.push(chunk);
  return Buffer.concat(chunks, options.size);
}

/** Ends the wait for the next chunk when the signal fires, even if the source never answers. */
async function* abortable(body: BodySource, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  if (signal === undefined) {
    yield* body;
    return;
  }
  signal.throwIfAborted();
  let abort: (() => void) | undefined;
  const onAbort = (): void => abort?.();
  signal.addEventListener('abort', onAbort, { once: true });
  const iterator = Symbol.asyncIterator in body ? body[Symbol.asyncIterator]() : body[Symbol.iterator]();
  let isDone = false;
  try {
    for (;;) {
      // Not Promise.race with one promise for all chunks: that promise would hold on to every chunk until the body ends.
      const next = await new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
        abort = () => reject(signal.reason as Error);
        if (signal.aborted) abort();
        else Promise.resolve(iterator.next()).then(resolve, reject);
      });
      if (next.done === true) {
        isDone = true;
        return;
      }
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    // Not awaited: a source that hangs in next() would keep an aborted caller waiting in return() as well.
    if (!isDone) void Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}
