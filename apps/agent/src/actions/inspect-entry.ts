import { readArtifactHead, selectCodec } from '@velocity/artifact';
import { formatDuration, formatSize, printablePath, VelocityError } from '@velocity/core';
import type { AgentContext } from '../agent-context.js';
import type { OpenWorkspace } from '../workspace/open-workspace.js';
import { openLocal, type CacheRequest } from './local-cache.js';

/** Shows one stored result by its key or the beginning of it. */
export async function cacheInspect(
  workspace: OpenWorkspace,
  context: AgentContext,
  request: CacheRequest & { readonly key: string },
): Promise<number> {
  await using stores = await openLocal(workspace, context, request);
  const found = (await stores.local.list()).filter(({ key }) => key.startsWith(request.key));
  const [entry] = found;
  if (entry === undefined || found.length > 1) {
    const message =
      entry === undefined
        ? `no entry has the key ${request.key}`
        : `${found.length} entries have keys that start with ${request.key}`;
    throw new VelocityError('USAGE', message, { hint: '`velocity cache ls` lists them' });
  }
  const { description, origin, key } = entry;
  const { metadata } = await readArtifactHead({
    description,
    openBlob: (index) => entry.openBlob(index),
    codec: selectCodec(),
  });
  if (request.isJson) {
    context.stdout.write(`${JSON.stringify({ key, origin, description, metadata }, undefined, 2)}\n`);
    return 0;
  }
  const lines = [
    `key      ${key}`,
    `task     ${description.task}`,
    `stored   ${origin.createdAt} by ${origin.writer}`,
    `ran      ${formatDuration(description.durationMs)}`,
    `blobs    ${description.blobs.length}, ${formatSize(description.blobs.reduce((sum, blob) => sum + blob.size, 0))}`,
    `outputs  ${description.entryCount}, ${formatSize(description.outputSize)}`,
    ...metadata.manifest.entries.map(
      (item) =>
        `  ${item.type === 'file' ? (item.executable ? 'x' : '-') : item.type === 'symlink' ? 'l' : 'd'} ${printablePath(item.path)}`,
    ),
  ];
  context.stdout.write(`${lines.join('\n')}\n`);
  return 0;
}
