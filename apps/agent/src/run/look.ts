import { setImmediate } from 'node:timers/promises';
import { isVelocityError } from '@velocity/core';

/** What was seen, or why nothing could be. */
export type Look<T> = { readonly seen: T } | { readonly problem: string };

/** @returns the message of a VelocityError as a problem; what else is thrown stays thrown */
export async function attempt<T>(look: () => T | Promise<T>): Promise<Look<T>> {
  try {
    return { seen: await look() };
  } catch (error) {
    if (isVelocityError(error)) return { problem: error.message };
    throw error;
  }
}

/** Lets all who ask before a look begins share it; who asks later waits for the next one. So each sees what was there after it had asked. */
export function shareLook<T>(look: () => Promise<T>): () => Promise<T> {
  let waiting: Promise<T> | undefined;
  let running: Promise<unknown> = Promise.resolve();
  const next = async (): Promise<T> => {
    await Promise.allSettled([running]);
    // Tasks that ended in one turn of the event loop ask one after the other.
    await setImmediate();
    waiting = undefined;
    const current = look();
    running = current;
    return current;
  };
  return () => (waiting ??= next());
}
