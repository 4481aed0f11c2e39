import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';

import { presignRequest, sendHttp, type HttpAnswer, type S3Target } from '@velocity/testing';

export interface Answer {
  readonly status: number;
  readonly code: string | undefined;
  readonly body: Buffer;
  readonly headers: HttpAnswer['headers'];
}

export const sha256Hex = (body: string | Uint8Array): string => createHash('sha256').update(body).digest('hex');
export const sha256Base64 = (body: string | Uint8Array): string => createHash('sha256').update(body).digest('base64');
export const md5Base64 = (body: string | Uint8Array): string => createHash('md5').update(body).digest('base64');

/** Sends a presigned request; `sent` differs from what was signed where the test says so. */
export async function send(
  target: S3Target,
  request: {
    readonly method: string;
    readonly key: string;
    readonly signed?: Readonly<Record<string, string>>;
    readonly sent?: Readonly<Record<string, string>>;
    readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>;
    readonly nowMs?: number;
    readonly lifetimeSeconds?: number;
    readonly timeoutMs?: number;
  },
): Promise<Answer> {
  const { method, key, signed = {}, nowMs, lifetimeSeconds = 300 } = request;
  const { url } = presignRequest(target, {
    method,
    key,
    headers: signed,
    lifetimeSeconds,
    ...(nowMs === undefined ? {} : { nowMs }),
  });
  return sendUrl(url, { ...request, headers: request.sent ?? signed });
}

export async function sendUrl(url: string, request: Parameters<typeof sendHttp>[1]): Promise<Answer> {
  const answer = await sendHttp(url, request);
  const code = /<Code>([^<]*)<\/Code>/.exec(answer.body.toString('latin1'))?.[1];
  return { ...answer, code };
}

export const CREATE_ONLY = { 'if-none-match': '*' };

/** Waits for something that no event tells of; gives up after ten seconds. */
export async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const endsAt = performance.now() + 10_000;
  while (!(await isTrue())) {
    if (performance.now() > endsAt) throw new Error(`waited in vain for ${String(isTrue)}`);
    await setTimeout(1);
  }
}
