import { errorMessage } from '@velocity/core';
import { findBinding } from './probe-binding.js';
import { isCreateAtomic, isCreateConditional, isTouchPossible } from './probe-create.js';
import { checkSignedPut } from './probe-signed-put.js';
import { type ProbeContext, type ProbeStore, runCheck } from './probe-context.js';
import type { S3Features } from './s3-features.js';
import type { StoreTrust } from './store-trust.js';

export interface ProbeOptions {
  /** Random bytes: a prefix that nobody else uses, and bodies. */
  readonly randomBytes: (size: number) => Uint8Array;
  /** Milliseconds since 1970 */
  readonly now: () => number;
  /** For each of the checks. Default: 3 seconds. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
}

const DEADLINE_MS = 3_000;

/**
 * Finds out by trying, below a random prefix, what a store keeps of what S3 promises; removes what it has put there. A check that
 * cannot be finished counts as failed and is among the problems.
 *
 * @throws VelocityError `STORAGE_UNAVAILABLE` when the store cannot be reached or used at all: an outage is no verdict
 */
export async function probeStorage(store: ProbeStore, options: ProbeOptions): Promise<StoreTrust> {
  const context: ProbeContext = {
    store,
    prefix: `v1-probe/${Buffer.from(options.randomBytes(12)).toString('hex')}/`,
    randomBytes: options.randomBytes,
    now: options.now,
    deadlineMs: options.deadlineMs ?? DEADLINE_MS,
    signal: options.signal,
    problems: [],
  };
  await store.stat(`${context.prefix}reach`, { signal: deadlineOf(context) });
  try {
    return await probe(context);
  } finally {
    await cleanUp(context);
  }
}

async function probe(context: ProbeContext): Promise<StoreTrust> {
  const [isConditional, binding, touchByCopy] = await Promise.all([
    runCheck(context, 'conditional create', isCreateConditional, false),
    findBinding(context),
    runCheck(context, 'touch', isTouchPossible, false),
  ]);
  const conditionalCreate = isConditional && (await runCheck(context, 'create races', isCreateAtomic, false));
  const features: S3Features = { ...binding.features, conditionalCreate, touchByCopy };
  const signed = await checkSignedPut(context, features);
  return {
    conditionalCreate,
    bindsBody: binding.bindsBody,
    headReturnsSha256: features.checksumOnHead,
    ...signed,
    problems: context.problems,
    features,
  };
}

async function cleanUp(context: ProbeContext): Promise<void> {
  try {
    const signal = deadlineOf(context);
    for await (const { key } of context.store.list({ prefix: context.prefix, signal })) {
      await context.store.remove(key, { signal });
    }
  } catch (error) {
    context.problems.push(`objects cannot be listed or removed, so nothing can be evicted: ${errorMessage(error)}`);
  }
}

function deadlineOf({ deadlineMs, signal }: ProbeContext): AbortSignal {
  const deadline = AbortSignal.timeout(deadlineMs);
  return signal === undefined ? deadline : AbortSignal.any([deadline, signal]);
}
