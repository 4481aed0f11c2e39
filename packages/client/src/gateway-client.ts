import { errorMessage, VelocityError, type ErrorCode } from '@velocity/core';
import {
  commitResultSchema,
  errorBodySchema,
  MAX_BATCH_ITEMS,
  negotiateBatchResultSchema,
  ROUTES,
  whoamiSchema,
  type CommitResult,
  type ErrorBody,
  type NegotiateItem,
  type NegotiateResult,
  type Whoami,
} from '@velocity/protocol';
import * as v from 'valibot';
import { httpRequest, readAll, type HttpAgents, type HttpResponse, type HttpTimeouts } from './http-request.js';
import { parseRetryAfter, RetryableError, withRetry, type RetryPolicy } from './retry.js';

export interface GatewayClientOptions {
  /** Where the gateway answers, with or without a path. */
  readonly url: string;
  /** Sent to this origin only. */
  readonly token?: string | undefined;
  readonly agents: HttpAgents;
  readonly timeouts: HttpTimeouts;
  readonly retry: RetryPolicy;
  readonly userAgent: string;
  readonly now: () => number;
}

const MAX_ANSWER_BYTES = 256 * 1024 * 1024;

/** Speaks the gateway's protocol. Every method throws a `VelocityError` that says in one line what is wrong. */
export class GatewayClient {
  readonly #options: GatewayClientOptions;
  readonly #base: string;
  readonly origin: string;

  /** @throws VelocityError `CONFIG_INVALID` for something that is not an http(s) URL */
  constructor(options: GatewayClientOptions) {
    const url = parseGatewayUrl(options.url);
    this.#options = options;
    this.#base = url.origin + url.pathname.replace(/\/+$/, '');
    this.origin = url.origin;
  }

  /** Answers in the order of the items; more than a batch holds go out as several. */
  async negotiate(items: readonly NegotiateItem[], signal?: AbortSignal): Promise<readonly NegotiateResult[]> {
    const batches: (readonly NegotiateItem[])[] = [];
    for (let start = 0; start < items.length; start += MAX_BATCH_ITEMS)
      batches.push(items.slice(start, start + MAX_BATCH_ITEMS));
    const answers = await Promise.all(batches.map((batch) => this.#negotiateBatch(batch, signal)));
    return answers.flat();
  }

  async commit(ticket: string, signal?: AbortSignal): Promise<CommitResult> {
    return parse(commitResultSchema, await this.#call('POST', ROUTES.commit, { ticket }, signal), ROUTES.commit);
  }

  async whoami(signal?: AbortSignal): Promise<Whoami> {
    return parse(whoamiSchema, await this.#call('GET', ROUTES.whoami, undefined, signal), ROUTES.whoami);
  }

  async #negotiateBatch(items: readonly NegotiateItem[], signal?: AbortSignal): Promise<readonly NegotiateResult[]> {
    const answer = await this.#call('POST', ROUTES.negotiate, { items }, signal);
    const result = parse(negotiateBatchResultSchema, answer, ROUTES.negotiate);
    if (result.items.length !== items.length) {
      throw new VelocityError('PROTOCOL', `${this.origin} answered ${result.items.length} of ${items.length} items`);
    }
    return result.items;
  }

  #call(method: 'GET' | 'POST', path: string, body: unknown, signal?: AbortSignal): Promise<unknown> {
    const { agents, timeouts, retry, token, userAgent } = this.#options;
    return withRetry(
      retry,
      async () => {
        const response = await httpRequest({
          method,
          url: this.#base + path,
          headers: {
            accept: 'application/json',
            'user-agent': userAgent,
            ...(body !== undefined && { 'content-type': 'application/json' }),
            ...(token !== undefined && token !== '' && { authorization: `Bearer ${token}` }),
          },
          ...(body !== undefined && { body: Buffer.from(JSON.stringify(body)) }),
          agents,
          timeouts,
          signal,
        });
        return this.#read(response, path);
      },
      signal,
    );
  }

  async #read(response: HttpResponse, path: string): Promise<unknown> {
    const text = (await readAll(response.body, MAX_ANSWER_BYTES)).toString('utf8');
    const json = parseJson(text);
    if (response.status >= 200 && response.status < 300) {
      if (json !== undefined) return json;
      throw new VelocityError('PROTOCOL', `${this.origin}${path} did not answer in JSON`, {
        hint: 'is this a VelocityCache gateway?',
      });
    }
    const body = v.safeParse(errorBodySchema, json);
    const error = gatewayError(this.origin, response.status, body.success ? body.output : undefined);
    const isRetryable = body.success ? body.output.error.retryable : response.status === 429 || response.status >= 500;
    if (!isRetryable) throw error;
    const retryAfter = response.headers['retry-after'];
    throw new RetryableError(
      error,
      parseRetryAfter(Array.isArray(retryAfter) ? retryAfter[0] : retryAfter, this.#options.now()),
    );
  }
}

/** A refusal as an error of ours: its code tells what kind, its message what the gateway said. */
export function gatewayError(origin: string, status: number, body: ErrorBody | undefined): VelocityError {
  const said = body?.error.message ?? `status ${status}`;
  if (status === 401) {
    return new VelocityError('UNAUTHORIZED', `${origin} refused the token: ${said}`, {
      hint: body?.error.hint ?? 'check VC_AUTH_TOKEN or remote.token',
    });
  }
  return new VelocityError(codeOf(status), `${origin}: ${said}`, { hint: body?.error.hint });
}

function codeOf(status: number): ErrorCode {
  if (status === 403) return 'FORBIDDEN';
  if (status === 507) return 'STORAGE_FULL';
  if (status === 503) return 'STORAGE_UNAVAILABLE';
  return status === 429 || status >= 500 ? 'GATEWAY_UNAVAILABLE' : 'GATEWAY_REFUSED';
}

function parseGatewayUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new VelocityError('CONFIG_INVALID', `not a gateway URL: ${JSON.stringify(text)}`, {
    hint: 'write it as https://cache.example.com',
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: the callers say what that means for them.
    return undefined;
  }
}

function parse<T>(schema: v.GenericSchema<unknown, T>, value: unknown, path: string): T {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const where = v.getDotPath(issue) ?? 'answer';
  throw new VelocityError('PROTOCOL', `${path}: unexpected answer at ${where}: ${errorMessage(issue)}`);
}
