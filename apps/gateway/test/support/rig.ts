import { digestOf } from '@velocity/core';
import type { CacheKey, Digest } from '@velocity/core';
import type { ArtifactDescription, CommitResult, ErrorBody, NegotiateResult } from '@velocity/protocol';
import { MemoryDriver, UrlSigner } from '@velocity/storage';
import type { StorageDriver } from '@velocity/storage';
import type { Hono } from 'hono';
import { createApp } from '../../src/app.js';
import type { GatewayContext, Limits } from '../../src/context.js';
import { createContext } from '../../src/create-context.js';
import type { GatewayEnv } from '../../src/gateway-env.js';
import { deriveKeys } from '../../src/keys.js';
import { createLogger } from '../../src/logger.js';
import { createMetrics } from '../../src/metrics.js';
import { PrincipalRegistry } from '../../src/principals.js';
import type { TokenGrant } from '../../src/principals.js';
import type { StorageTrust } from '../../src/storage-health.js';
import { WatchedDriver } from './watched-driver.js';

export const BASE_URL = 'http://gateway.test';
export const START_MS = Date.UTC(2026, 0, 1);

export interface RigOptions {
  readonly grants?: readonly TokenGrant[];
  readonly limits?: Partial<Limits>;
  readonly trust?: Partial<StorageTrust>;
  readonly storageTimeoutMs?: number;
  /** Another gateway over the same store, as a replica is. */
  readonly replicaOf?: Rig;
  readonly keySource?: string;
  readonly secrets?: readonly string[];
  /** False leaves the store unprobed. */
  readonly probed?: boolean;
  readonly wrap?: (driver: StorageDriver) => StorageDriver;
}

/** A gateway over a memory store, with a clock of its own; everything goes through `app.request()`. */
export interface Rig {
  readonly app: Hono<GatewayEnv>;
  readonly context: GatewayContext;
  readonly driver: WatchedDriver;
  readonly clock: { ms: number };
  readonly log: Record<string, unknown>[];
  readonly draining: AbortController;
  readonly stopping: AbortController;
}

export const TOKENS = { trusted: 'token-of-main-branch', reader: 'token-of-a-reader', pr: 'token-of-a-pull-request' };

export function grantsOf(tokens: Partial<typeof TOKENS> = TOKENS): TokenGrant[] {
  const grant = (source: string, token: string, rest: Pick<TokenGrant, 'name' | 'role' | 'scope'>): TokenGrant => ({
    namespace: 'default',
    sha256: digestOf(token),
    notAfterMs: undefined,
    source,
    ...rest,
  });
  return [
    ...(tokens.trusted === undefined
      ? []
      : [grant('VC_AUTH_TOKEN', tokens.trusted, { name: 'trusted', role: 'trusted-writer', scope: undefined })]),
    ...(tokens.reader === undefined
      ? []
      : [grant('VC_READ_TOKEN', tokens.reader, { name: 'reader', role: 'reader', scope: undefined })]),
    ...(tokens.pr === undefined
      ? []
      : [grant('VC_PR_TOKEN', tokens.pr, { name: 'pr', role: 'scoped-writer', scope: 'pr' })]),
  ];
}

export async function createRig(options: RigOptions = {}): Promise<Rig> {
  const clock = options.replicaOf?.clock ?? { ms: START_MS };
  const now = (): number => clock.ms;
  const keys = deriveKeys(Buffer.from(options.keySource ?? 'the key of all replicas'));
  const urlSigner = new UrlSigner({ baseUrl: BASE_URL, secret: keys.blobUrl });
  const driver = options.replicaOf?.driver ?? new WatchedDriver(await MemoryDriver.open({ now, signer: urlSigner }));
  const log: Record<string, unknown>[] = [];
  const write = (line: string): void => void log.push(JSON.parse(line) as Record<string, unknown>);
  const draining = new AbortController();
  const stopping = new AbortController();
  let ids = 0;
  const context = createContext({
    driver,
    urlSigner,
    probe: async () => ({ driver, trust: { level: 'full', bindsBody: false, notes: [], ...options.trust } }),
    principals: new PrincipalRegistry(options.grants ?? grantsOf()),
    keys,
    ...(options.limits !== undefined && { limits: options.limits }),
    ...(options.storageTimeoutMs !== undefined && { storageTimeoutMs: options.storageTimeoutMs }),
    metrics: createMetrics(),
    logger: createLogger({
      level: 'debug',
      write,
      now,
      ...(options.secrets !== undefined && { secrets: options.secrets }),
    }),
    now,
    newId: () => `id-${++ids}`,
    lifecycle: { draining: draining.signal, stopping: stopping.signal },
  });
  if (options.probed !== false) await context.health.probe(draining.signal);
  return { app: createApp(context), context, driver, clock, log, draining, stopping };
}

export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

export async function post<T = ErrorBody>(
  rig: Rig,
  path: string,
  token: string | undefined,
  body: unknown,
): Promise<Answer<T>> {
  const response = await rig.app.request(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as T };
}

/** One item, alone. */
export async function negotiate(rig: Rig, token: string, item: unknown): Promise<NegotiateResult> {
  return (await post<NegotiateResult>(rig, '/v1/negotiate', token, item)).body;
}

export function commitTicket(rig: Rig, token: string, ticket: string): Promise<Answer<CommitResult & ErrorBody>> {
  return post(rig, '/v1/commit', token, { ticket });
}

export function keyOf(name: string): CacheKey {
  return digestOf(`key of ${name}`) as string as CacheKey;
}

/** An artifact of some blobs, described as an uploader does. */
export function artifactOf(
  contents: readonly string[],
  manifest = contents.join('|'),
  task = 'web#build',
): ArtifactDescription {
  return {
    manifestDigest: digestOf(`manifest ${manifest}`),
    blobs: contents.map((content) => ({
      digest: digestOf(content),
      size: Buffer.byteLength(content),
      unpackedSize: 100,
    })),
    entryCount: 1,
    outputSize: 10,
    durationMs: 5,
    task,
  };
}

/** Sends every blob that the answer asks for. */
export async function putBlobs(rig: Rig, result: NegotiateResult, contents: readonly string[]): Promise<number[]> {
  if (!('status' in result) || result.status !== 'upload_needed')
    throw new Error(`not upload_needed: ${JSON.stringify(result)}`);
  const byDigest = new Map<Digest, string>(contents.map((content) => [digestOf(content), content]));
  const statuses: number[] = [];
  for (const blob of result.blobs) {
    if (!('url' in blob)) continue;
    const init = { method: 'PUT', headers: blob.headers, body: byDigest.get(blob.digest) ?? '' };
    statuses.push((await rig.app.request(blob.url, init)).status);
  }
  return statuses;
}

/** Negotiates, puts and commits. */
export async function store(
  rig: Rig,
  token: string,
  name: string,
  contents: readonly string[],
  manifest?: string,
  task?: string,
): Promise<CommitResult['status'] | 'skipped'> {
  const artifact = artifactOf(contents, manifest, task);
  const offer = await negotiate(rig, token, { hash: keyOf(name), action: 'upload', artifact });
  if ('status' in offer && offer.status === 'skipped') return 'skipped';
  await putBlobs(rig, offer, contents);
  return (await commitTicket(rig, token, ticketOf(offer))).body.status;
}

export function ticketOf(result: NegotiateResult): string {
  if ('status' in result && result.status === 'upload_needed') return result.ticket;
  throw new Error(`no ticket: ${JSON.stringify(result)}`);
}

/** What a reader of this token gets: the blobs' contents, or undefined for a miss. */
export async function fetchArtifact(rig: Rig, token: string, name: string): Promise<string[] | undefined> {
  const result = await negotiate(rig, token, { hash: keyOf(name), action: 'download' });
  if (!('status' in result) || result.status !== 'found') return undefined;
  return Promise.all(result.blobs.map(async ({ url, headers }) => (await rig.app.request(url, { headers })).text()));
}

/** The value of one series, as `/metrics` shows it. */
export async function metric(rig: Rig, series: string): Promise<number> {
  const text = await (await rig.app.request('/metrics')).text();
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `));
  return Number(line?.slice(series.length + 1) ?? Number.NaN);
}
