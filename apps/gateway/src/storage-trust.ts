import type { StoreTrust } from '@velocity/storage/s3';
import type { StorageTrust } from './storage-health.js';

/**
 * What the gateway makes of what the probe saw.
 *
 * Without binding, bodies are checked at commit; without conditional writes, records are created under a lock of this process. Both are
 * sound fallbacks. Two stores are beyond help: one that lets anyone write, and one where a URL that leaked replaces blobs for ever.
 */
export function trustOf(store: StoreTrust): StorageTrust {
  const bindsBody = store.bindsBody !== 'none';
  const refusals = [
    ...(store.signatureChecked ? [] : ['signatures are not checked: whoever reaches the store can write']),
    ...(bindsBody || store.overwriteRefused || store.expiryChecked
      ? []
      : ['a signed URL may replace a blob by any bytes, and never ends']),
  ];
  if (refusals.length > 0)
    return { level: 'refused', bindsBody: false, notes: unique([...refusals, ...store.problems]) };
  const isWhole = bindsBody && store.conditionalCreate && store.sizeBound && store.expiryChecked;
  return { level: isWhole ? 'full' : 'fallback', bindsBody, notes: store.problems };
}

function unique(notes: readonly string[]): string[] {
  return [...new Set(notes)];
}
