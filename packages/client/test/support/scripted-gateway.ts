import type { ArtifactDescription, NegotiateItem } from '@velocity/protocol';
import { json, startScripted, type ScriptedServer } from './scripted-server.js';

/** A gateway of the first version that has one artifact under every key, takes any upload, and sends both to `storageUrl`. */
export function startScriptedGateway(storageUrl: string, artifact: ArtifactDescription): Promise<ScriptedServer> {
  return startScripted(({ path, body }, { response }) => {
    if (path === '/v1/commit') return json(response, 200, { status: 'stored' });
    if (path !== '/v1/negotiate') {
      const error = { code: 'NOT_FOUND', message: `no such route: ${path}`, retryable: false };
      return json(response, 404, { error });
    }
    const { items } = JSON.parse(String(body)) as { items: NegotiateItem[] };
    return json(response, 200, { items: items.map((item) => answer(item, storageUrl, artifact)) });
  });
}

/** The query stands for a signature: it must not show up in any message. */
export const SECRET = 'X-Amz-Signature=secret';

function answer(item: NegotiateItem, storageUrl: string, artifact: ArtifactDescription): object {
  const { blobs: described } = item.action === 'upload' ? item.artifact : artifact;
  const blobs = described.map(({ digest }) => ({
    digest,
    url: `${storageUrl}/${digest}?${SECRET}`,
    headers: { 'x-signed': 'yes' },
  }));
  if (item.action === 'upload') return { status: 'upload_needed', ticket: 'a ticket', blobs };
  return {
    status: 'found',
    record: {
      version: 1,
      key: item.hash,
      namespace: 'default',
      tier: 'trusted',
      scope: 'trusted',
      artifact,
      createdAt: '2026-01-01T00:00:00.000Z',
      writer: 'ci',
    },
    blobs,
  };
}
