import { setMaxListeners } from 'node:events';

/** Calls `listener` when the signal fires, or at once if it has; what is returned takes the listener back. */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
  if (signal === undefined) return () => undefined;
  if (signal.aborted) {
    listener();
    return () => undefined;
  }
  // Each request under way listens to the run's one signal; Node takes more than ten listeners for a leak and says so on stderr.
  setMaxListeners(0, signal);
  signal.addEventListener('abort', listener, { once: true });
  return () => signal.removeEventListener('abort', listener);
}
