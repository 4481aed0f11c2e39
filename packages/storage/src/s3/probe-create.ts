import { isVelocityError } from '@velocity/core';
import { BODY_SIZE, type CheckContext, type ProbeStore } from './probe-context.js';
import { failureOf } from './s3-errors.js';

const RACE_WRITERS = 8;
const RACE_ROUNDS = 3;

/** Whether a second create is told `exists`, and changes nothing. */
export async function isCreateConditional(context: CheckContext): Promise<boolean> {
  const store = conditional(context.store);
  if (!store.supports.atomicCreate) {
    context.problems.push('conditional writes are switched off: only one gateway may use this store');
    return false;
  }
  const key = `${context.prefix}conditional`;
  const [first, second] = [context.randomBytes(BODY_SIZE), context.randomBytes(BODY_SIZE)];
  try {
    const results = [await create(store, key, first, context), await create(store, key, second, context)];
    if (results.join() === 'created,exists' && (await holds(context, key, first))) return true;
    context.problems.push('conditional writes are ignored: a second writer overwrote the first');
  } catch (error) {
    const cause = isVelocityError(error) ? error.cause : error;
    if (failureOf(cause).status !== 501) throw error;
    context.problems.push('conditional writes are not implemented (501): only one gateway may use this store');
  }
  return false;
}

/** Whether of writers at the same time exactly one is told `created`, and it is its body that stays. */
export async function isCreateAtomic(context: CheckContext): Promise<boolean> {
  const store = conditional(context.store);
  for (let round = 0; round < RACE_ROUNDS; round += 1) {
    const key = `${context.prefix}race-${round}`;
    const bodies = Array.from({ length: RACE_WRITERS }, () => context.randomBytes(BODY_SIZE));
    const results = await Promise.all(bodies.map((body) => create(store, key, body, context)));
    const winners = bodies.filter((_, index) => results[index] === 'created');
    const [winner] = winners;
    if (winners.length !== 1 || winner === undefined || !(await holds(context, key, winner))) {
      context.problems.push(
        `conditional writes are not atomic: of ${RACE_WRITERS} writers ${winners.length} succeeded`,
      );
      return false;
    }
  }
  return true;
}

/** Whether an object can be copied onto itself and stays what it was. */
export async function isTouchPossible(context: CheckContext): Promise<boolean> {
  const store = context.store.withFeatures({ ...context.store.features, conditionalCreate: false, touchByCopy: true });
  const key = `${context.prefix}touch`;
  const body = context.randomBytes(BODY_SIZE);
  await create(store, key, body, context);
  await store.touch?.(key, { signal: context.signal });
  return holds(context, key, body);
}

function conditional(store: ProbeStore): ProbeStore {
  return store.withFeatures({ ...store.features, conditionalCreate: true });
}

function create(store: ProbeStore, key: string, body: Uint8Array, { signal }: CheckContext) {
  return store.create(key, [body], { size: body.byteLength, signal });
}

async function holds({ store, signal }: CheckContext, key: string, expected: Uint8Array): Promise<boolean> {
  const body = await store.read(key, { signal });
  const chunks: Uint8Array[] = [];
  for await (const chunk of body?.chunks ?? []) chunks.push(chunk);
  return Buffer.concat(chunks).equals(expected);
}
