import { mapBounded, VelocityError } from '@velocity/core';
import {
  commitResultSchema,
  errorBodySchema,
  historyResultSchema,
  MAX_HISTORY_ITEMS,
  negotiateBatchResultSchema,
  reportResultSchema,
  ROUTES,
  whoamiSchema,
  type CommitResult,
  type HistoryItem,
  type HistoryItemResult,
  type NegotiateItem,
  type NegotiateResult,
  type ReportRequest,
  type ReportResult,
  type Whoami,
} from '@velocity/protocol';
import * as v from 'valibot';
import type { HttpTimeouts } from './deadline.js';
import { gatewayError } from './gateway-error.js';
import { headerOf, httpRequest, type HttpAgents, type HttpResponse } from './http-request.js';
import { splitBatches } from './split-batches.js';
import { parseAnswer, parseJson } from './parse-answer.js';
import { readAll, readExcerpt } from './read-body.js';
import { RefusedError } from './refused-error.js';
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
  /** Milliseconds since 1970; a `Retry-After` may be a date. */
  readonly now: () => number;
}

interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
  readonly signal: AbortSignal | undefined;
  /** Default: those of the client's retry policy. */
  readonly attempts?: number;
}

const PARALLEL_BATCHES = 4;
/** A thousand artifacts of some hundred blobs each, with the longest of presigned URLs. */
const MAX_ANSWER_BYTES = 128 * 1024 * 1024;

/**
 * Speaks the gateway's protocol. Every method throws a `VelocityError` that says in one line what is wrong: `GATEWAY_UNAVAILABLE`,
 * `STORAGE_UNAVAILABLE`, `TIMEOUT` after the retries; `UNAUTHORIZED`, `FORBIDDEN`, `GATEWAY_REFUSED`, `ARTIFACT_TOO_LARGE`, `STORAGE_FULL`
 * and `PROTOCOL` at once; `CANCELLED`.
 */
export class GatewayClient {
  readonly #options: GatewayClientOptions;
  readonly #base: string;
  readonly origin: string;

  /** @throws VelocityError `CONFIG_INVALID` for something that is not an http(s) URL, or a token that no header can hold */
  constructor(options: GatewayClientOptions) {
    const url = parseGatewayUrl(options.url);
    assertToken(options.token);
    this.#options = options;
    this.#base = url.origin + url.pathname.replace(/\/+$/, '');
    this.origin = url.origin;
  }

  /** Answers in the order of the items; more than a batch holds go out as several. */
  async negotiate(items: readonly NegotiateItem[], signal?: AbortSignal): Promise<readonly NegotiateResult[]> {
    const answers = await mapBounded(splitBatches(items), PARALLEL_BATCHES, (batch) =>
      this.#negotiateBatch(batch, signal),
    );
    return answers.flat();
  }

  async commit(ticket: string, signal?: AbortSignal): Promise<CommitResult> {
    const answer = await this.#call({ method: 'POST', path: ROUTES.commit, body: { ticket }, signal });
    return parseAnswer(commitResultSchema, answer, ROUTES.commit);
  }

  /**
   * What tasks got lately, in the order of the items; more than a batch holds go out as several. Undefined from a gateway that is older
   * than this route.
   */
  async history(
    items: readonly HistoryItem[],
    signal?: AbortSignal,
  ): Promise<readonly HistoryItemResult[] | undefined> {
    const batches: HistoryItem[][] = [];
    for (let at = 0; at < items.length; at += MAX_HISTORY_ITEMS) batches.push(items.slice(at, at + MAX_HISTORY_ITEMS));
    try {
      return (await mapBounded(batches, PARALLEL_BATCHES, (batch) => this.#historyBatch(batch, signal))).flat();
    } catch (error) {
      if (error instanceof RefusedError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** Says that blobs were other than their names, or an artifact other than its record; the gateway looks for itself. One attempt: nothing depends on it. */
  async report(request: ReportRequest, signal?: AbortSignal): Promise<ReportResult> {
    const answer = await this.#call({ method: 'POST', path: ROUTES.report, body: request, signal, attempts: 1 });
    return parseAnswer(reportResultSchema, answer, ROUTES.report);
  }

  async whoami(signal?: AbortSignal): Promise<Whoami> {
    const answer = await this.#call({ method: 'GET', path: ROUTES.whoami, signal });
    return parseAnswer(whoamiSchema, answer, ROUTES.whoami);
  }

  async #negotiateBatch(items: readonly NegotiateItem[], signal?: AbortSignal): Promise<readonly NegotiateResult[]> {
    const answer = await this.#call({ method: 'POST', path: ROUTES.negotiate, body: { items }, signal });
    return this.#complete(parseAnswer(negotiateBatchResultSchema, answer, ROUTES.negotiate).items, items);
  }

  async #historyBatch(items: readonly HistoryItem[], signal?: AbortSignal): Promise<readonly HistoryItemResult[]> {
    const answer = await this.#call({ method: 'POST', path: ROUTES.history, body: { items }, signal });
    return this.#complete(parseAnswer(historyResultSchema, answer, ROUTES.history).items, items);
  }

  #complete<T>(answers: readonly T[], items: readonly unknown[]): readonly T[] {
    if (answers.length === items.length) return answers;
    throw new VelocityError('PROTOCOL', `${this.origin} gave ${answers.length} answers to ${items.length} items`);
  }

  #call({ method, path, body, signal, attempts }: Call): Promise<unknown> {
    const { agents, timeouts, token, userAgent } = this.#options;
    const retry = { ...this.#options.retry, ...(attempts !== undefined && { attempts }) };
    const send = async (): Promise<unknown> => {
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
    };
    return withRetry(retry, send, signal);
  }

  async #read(response: HttpResponse, path: string): Promise<unknown> {
    const { status } = response;
    if (status >= 200 && status < 300) {
      const json = parseJson((await readAll(response.body, MAX_ANSWER_BYTES)).toString('utf8'));
      if (json !== undefined) return json;
      throw new VelocityError('PROTOCOL', `${this.origin}: the answer of ${path} is not JSON`, {
        hint: 'is this the address of a VelocityCache gateway?',
      });
    }
    const body = v.safeParse(errorBodySchema, parseJson(await readExcerpt(response.body)));
    const error = gatewayError(this.origin, status, body.success ? body.output : undefined);
    // A proxy or load balancer in between answers in its own words.
    const isRetryable = body.success
      ? body.output.error.retryable
      : error.code === 'GATEWAY_UNAVAILABLE' || status === 503;
    if (!isRetryable) throw error;
    throw new RetryableError(error, parseRetryAfter(headerOf(response, 'retry-after'), this.#options.now()));
  }
}

function parseGatewayUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  const shown = text.replace(/\/\/[^/@]*@/, '//').replace(/[?#].*$/s, '');
  throw new VelocityError('CONFIG_INVALID', `not a gateway URL: ${JSON.stringify(shown)}`, {
    hint: 'write it as https://cache.example.com',
  });
}

function assertToken(token: string | undefined): void {
  if (token === undefined || /^[\x20-\x7e]*$/.test(token)) return;
  throw new VelocityError('CONFIG_INVALID', 'the token holds a character that cannot be sent', {
    hint: 'is there a line break at its end?',
  });
}
