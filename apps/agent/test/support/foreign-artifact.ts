import { describeArtifact, packArtifact, scanOutputs, type Codec, type PackedBlob } from '@velocity/artifact';
import { digestOf, type CacheKey } from '@velocity/core';
import type { CacheRecord } from '@velocity/protocol';
import { blobObjectKey } from '@velocity/storage';
import { plainFrame } from '../../../gateway/test/support/artifact.js';

/** Objects of a gateway's store, past the gateway. */
export interface StoreFiles {
  keys(): readonly string[];
  read(key: string): Promise<Buffer>;
  write(key: string, body: string | Uint8Array): void;
}

/** Changes the record of a task, as the gateway has it. */
export async function editRecord(
  store: StoreFiles,
  task: string,
  edit: (record: CacheRecord) => CacheRecord | Promise<CacheRecord>,
): Promise<void> {
  const [key, record] = await findRecord(store, task);
  store.write(key, JSON.stringify(await edit(record)));
}

export async function findRecord(store: StoreFiles, task: string): Promise<[key: string, record: CacheRecord]> {
  for (const key of store.keys().filter((name) => name.includes('/ac/'))) {
    const record = JSON.parse((await store.read(key)).toString('utf8')) as CacheRecord;
    if (record.artifact.task === task) return [key, record];
  }
  throw new Error(`${task} has no record`);
}

/** Packs these outputs as the result of a key, in blobs that every runtime can read, and puts those into the store. */
export async function storeArtifact(
  store: StoreFiles,
  root: string,
  { key, paths, task }: { readonly key: CacheKey; readonly paths: readonly string[]; readonly task: string },
): Promise<CacheRecord['artifact']> {
  const codec: Codec = {
    name: 'wasm',
    compress: (data) => Promise.resolve(plainFrame(Buffer.from(data))),
    decompress: () => Promise.reject(new Error('nothing is unpacked here')),
    decompressTo: () => Promise.reject(new Error('nothing is unpacked here')),
  };
  const { manifest } = await scanOutputs({ root, paths });
  const log = { size: 0, digest: digestOf(''), chunks: () => [] };
  const info = { key, fingerprint: {}, task, durationMs: 1 };
  const blobs: PackedBlob[] = [];
  for await (const blob of packArtifact({ root, manifest, info, log, codec })) blobs.push(blob);
  for (const { digest, bytes } of blobs) store.write(blobObjectKey('default', 'trusted', digest), bytes);
  const description = describeArtifact(manifest, blobs);
  return { ...description, blobs: [...description.blobs], task, durationMs: 1 };
}
