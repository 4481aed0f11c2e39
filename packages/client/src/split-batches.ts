import { MAX_BATCH_ITEMS, type NegotiateItem } from '@velocity/protocol';

/** Half of what a gateway takes in one body. One item can have 3 MB: 16,384 blobs. */
const MAX_BATCH_BYTES = 4 * 1024 * 1024;

/** Items in their order, in batches that a gateway takes. */
export function splitBatches(items: readonly NegotiateItem[]): readonly (readonly NegotiateItem[])[] {
  const batches: NegotiateItem[][] = [];
  let bytes = 0;
  for (const item of items) {
    const size = sizeOf(item);
    const current = batches.at(-1);
    if (current === undefined || current.length === MAX_BATCH_ITEMS || bytes + size > MAX_BATCH_BYTES) {
      batches.push([item]);
      bytes = size;
    } else {
      current.push(item);
      bytes += size;
    }
  }
  return batches;
}

/** An upper bound of an item's bytes as JSON; only uploads have any to speak of. */
function sizeOf(item: NegotiateItem): number {
  return item.action === 'download' ? 128 : Buffer.byteLength(JSON.stringify(item)) + 1;
}
