import { formatSize, parseDuration, parseSize } from '@velocity/core';
import { objectKindOf } from '@velocity/storage';
import type { AgentContext } from '../agent-context.js';
import { openStores, type OpenStores } from '../stores/open-stores.js';
import { storeSettings } from '../stores/store-settings.js';
import type { OpenWorkspace } from '../workspace/open-workspace.js';
import { evict } from './sweep-local-store.js';

export interface CacheRequest {
  readonly cacheDir: string | undefined;
  readonly isJson: boolean;
}

export async function cacheStatus(
  workspace: OpenWorkspace,
  context: AgentContext,
  request: CacheRequest,
): Promise<number> {
  await using stores = await openLocal(workspace, context, request);
  const { maxSizeBytes, maxAgeMs } = workspace.config.cache;
  let entries = 0;
  let bytes = 0;
  for await (const object of stores.driver.list()) {
    bytes += object.size;
    entries += objectKindOf(object.key) === 'record' ? 1 : 0;
  }
  const { cacheDir } = storeSettings(workspace.config, request, context);
  if (request.isJson)
    print(context, JSON.stringify({ directory: cacheDir, entries, bytes, maxSizeBytes, maxAgeMs }, undefined, 2));
  else {
    print(context, `folder   ${cacheDir}`);
    print(context, `entries  ${entries}`);
    print(context, `size     ${formatSize(bytes)} of ${formatSize(maxSizeBytes)}`);
    print(context, `age      up to ${Math.round(maxAgeMs / 86_400_000)} days`);
  }
  return 0;
}

export async function cacheList(
  workspace: OpenWorkspace,
  context: AgentContext,
  request: CacheRequest,
): Promise<number> {
  await using stores = await openLocal(workspace, context, request);
  const entries = (await stores.local.list()).toSorted((a, b) => (a.origin.createdAt < b.origin.createdAt ? 1 : -1));
  if (request.isJson) {
    print(
      context,
      JSON.stringify(
        entries.map(({ key, description, origin }) => ({ key, ...origin, ...description })),
        undefined,
        2,
      ),
    );
    return 0;
  }
  const width = entries.reduce((longest, { description }) => Math.max(longest, description.task.length), 0);
  for (const { key, description, origin } of entries) {
    const size = formatSize(description.blobs.reduce((sum, blob) => sum + blob.size, 0));
    print(context, `${key.slice(0, 12)}  ${description.task.padEnd(width)}  ${size.padStart(9)}  ${origin.createdAt}`);
  }
  return 0;
}

export async function cacheGc(
  workspace: OpenWorkspace,
  context: AgentContext,
  request: CacheRequest & { readonly maxSize: string | undefined; readonly maxAge: string | undefined },
): Promise<number> {
  const { cache } = workspace.config;
  const maxTotalBytes = request.maxSize === undefined ? cache.maxSizeBytes : parseSize(request.maxSize);
  const maxAgeMs = request.maxAge === undefined ? cache.maxAgeMs : parseDuration(request.maxAge);
  await using stores = await openLocal(workspace, context, request);
  const { cacheDir } = storeSettings(workspace.config, request, context);
  const result = await evict(stores, { maxTotalBytes, maxAgeMs }, { context, cacheDir });
  if (request.isJson) print(context, JSON.stringify(result, undefined, 2));
  else
    print(
      context,
      `removed ${result.recordsRemoved} entries and ${result.blobsRemoved} blobs, ${formatSize(result.bytesFreed)}; ${formatSize(result.bytesKept)} stay`,
    );
  return 0;
}

export async function cacheClean(
  workspace: OpenWorkspace,
  context: AgentContext,
  request: CacheRequest,
): Promise<number> {
  await using stores = await openLocal(workspace, context, request);
  let count = 0;
  // Records first: what is cited must not go before what cites it.
  for (const kind of ['record', 'history', 'blob'] as const) {
    const keys: string[] = [];
    for await (const object of stores.driver.list()) if (objectKindOf(object.key) === kind) keys.push(object.key);
    for (const key of keys) await stores.driver.remove(key);
    if (kind === 'record') count = keys.length;
  }
  print(context, request.isJson ? JSON.stringify({ removed: count }) : `removed ${count} entries`);
  return 0;
}

export function openLocal(
  workspace: OpenWorkspace,
  context: AgentContext,
  request: Pick<CacheRequest, 'cacheDir'>,
): Promise<OpenStores> {
  const settings = storeSettings(workspace.config, { cacheDir: request.cacheDir, isRemoteOff: true }, context);
  return openStores(settings, context);
}

function print(context: AgentContext, text: string): void {
  context.stdout.write(`${text}\n`);
}
