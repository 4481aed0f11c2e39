import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Bundle } from './bundle.js';
import { runProcess } from '@velocity/testing';
import type { ProcessResult } from '@velocity/testing';
import { artifactOf, keyOf } from './rig.js';

/** Negotiates, puts and commits over HTTP; resolves to the status of the commit. */
export async function storeOver(url: string, token: string, name: string, task = 'web#build'): Promise<number> {
  const content = `content of ${name}`;
  const artifact = artifactOf([content], content, task);
  const offer = await post(url, '/v1/negotiate', token, { hash: keyOf(name), action: 'upload', artifact });
  const { blobs, ticket } = (await offer.json()) as {
    readonly ticket: string;
    readonly blobs: readonly { readonly url?: string; readonly headers?: Record<string, string> }[];
  };
  for (const { url: blobUrl, headers = {} } of blobs) {
    if (blobUrl === undefined) continue;
    const put = await fetch(blobUrl, { method: 'PUT', headers, body: content });
    if (put.status !== 201) throw new Error(`PUT: ${put.status}`);
  }
  return (await post(url, '/v1/commit', token, { ticket })).status;
}

export async function isStored(url: string, token: string, name: string): Promise<boolean> {
  const answer = await post(url, '/v1/negotiate', token, { hash: keyOf(name), action: 'download' });
  return ((await answer.json()) as { readonly status?: string }).status === 'found';
}

export function post(url: string, path: string, token: string, body: unknown): Promise<Response> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  return fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
}

export function runGatewayOnce(
  { program }: Bundle,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ProcessResult> {
  return runProcess(process.execPath, [program, ...args], { env });
}

export function linesOf(path: string): string[] {
  return readFileSync(path, 'utf8').split('\n').slice(0, -1);
}

export function fieldsOf(path: string): Record<string, unknown>[] {
  return linesOf(path).map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** What somebody makes who knows the format: another text with the hash that it has to have. */
export function reseal(line: string, change: (fields: Record<string, unknown>) => Record<string, unknown>): string {
  const { hash: _hash, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const json = JSON.stringify(change(fields));
  return `${json.slice(0, -1)},"hash":"${createHash('sha256').update(json).digest('hex')}"}`;
}
