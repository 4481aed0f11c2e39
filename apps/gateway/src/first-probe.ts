import { isVelocityError, VelocityError } from '@velocity/core';
import type { GatewayContext } from './context.js';
import { errorFields } from './logger.js';

/** How long the first probe may keep the start waiting. */
const FIRST_PROBE_MS = 15_000;

export interface FirstProbeOptions {
  /** Ends the attempts. */
  readonly signal: AbortSignal;
  /** Called when a store that came up later turns out to be unusable. */
  readonly onFatal: (error: VelocityError) => void;
}

/**
 * Probes the store at the start. One that is not there yet is tried again in the background: the gateway answers 503 until then, and
 * /ready says so.
 *
 * @throws VelocityError `CONFIG_INVALID` for a store that cannot be used
 */
export async function probeAtStart(
  { health, logger }: GatewayContext,
  { signal, onFatal }: FirstProbeOptions,
): Promise<void> {
  try {
    const trust = await health.probe(AbortSignal.any([signal, AbortSignal.timeout(FIRST_PROBE_MS)]));
    if (trust.level === 'refused') throw refusedStore(trust.notes);
  } catch (error) {
    if (isVelocityError(error, 'CONFIG_INVALID')) throw error;
    logger.warn('the storage is not there yet', errorFields(error));
    void health.probeUntilDone(signal).then((trust) => {
      if (trust?.level === 'refused') onFatal(refusedStore(trust.notes));
    });
  }
}

function refusedStore(notes: readonly string[]): VelocityError {
  return new VelocityError('CONFIG_INVALID', `this store cannot be used safely: ${notes.join('; ')}`, {
    hint: 'velocity-server doctor tries it again',
  });
}
