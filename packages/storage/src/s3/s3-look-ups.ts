import type { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { presignUrl, SigningKeyCache } from './sigv4-presign.js';

export interface LookUpAnswer {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly stream: Readable;
}

export interface LookUpOptions {
  readonly client: S3Client;
  /** As this process reaches it. */
  readonly bucket: URL;
  readonly region: string;
  readonly now: () => number;
}

const EXPIRES_SECONDS = 60;
/** An error document says more than its code in the first line or two. */
const MAX_ERROR_BYTES = 64 * 1024;

/**
 * HEAD and GET over the SDK's connections, with its credentials and timeouts, but past its middleware: a look-up takes 0.17 ms of CPU
 * instead of 0.65.
 */
export class S3LookUps {
  readonly #options: LookUpOptions;
  readonly #keys = new SigningKeyCache();

  constructor(options: LookUpOptions) {
    this.#options = options;
  }

  /** @throws what the connection throws, or an error like the SDK's for any answer but 2xx */
  async send(method: 'GET' | 'HEAD', key: string, signal: AbortSignal | undefined): Promise<LookUpAnswer> {
    const { client } = this.#options;
    const request = await this.#sign(method, key);
    const { response } = await client.config.requestHandler.handle(
      request,
      signal === undefined ? {} : { abortSignal: signal },
    );
    const { statusCode, headers, body } = response as {
      statusCode: number;
      headers: LookUpAnswer['headers'];
      body: Readable;
    };
    // Nothing comes, but until its end was read the connection is taken.
    if (method === 'HEAD') body.resume();
    if (statusCode >= 200 && statusCode < 300) return { headers, stream: body };
    throw refused(statusCode, method === 'HEAD' ? '' : await beginningOf(body));
  }

  async #sign(method: 'GET' | 'HEAD', key: string) {
    const { client, bucket, region, now } = this.#options;
    const headers = method === 'HEAD' ? { 'x-amz-checksum-mode': 'ENABLED' } : {};
    const url = new URL(
      presignUrl({
        method,
        origin: bucket,
        path: `${bucket.pathname.replace(/\/$/, '')}/${key}`,
        headers,
        region,
        credentials: await client.config.credentials(),
        nowMs: now(),
        expiresSeconds: EXPIRES_SECONDS,
        keys: this.#keys,
      }),
    );
    return {
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      ...(url.port !== '' && { port: Number(url.port) }),
      path: url.pathname + url.search,
      query: {},
      headers: { host: url.host, ...headers },
      clone: () => {
        throw new Error('never sent twice');
      },
    };
  }
}

/** In the SDK's shape, so that one function tells what any of them means. */
function refused(status: number, document: string): Error {
  const code = /<Code>([^<]+)<\/Code>/.exec(document)?.[1] ?? (status === 404 ? 'NotFound' : 'Unknown');
  const message = /<Message>([^<]+)<\/Message>/.exec(document)?.[1] ?? code;
  return Object.assign(new Error(message), { name: code, $metadata: { httpStatusCode: status } });
}

async function beginningOf(body: Readable): Promise<string> {
  let text = '';
  for await (const chunk of body) {
    text += String(chunk);
    if (text.length > MAX_ERROR_BYTES) break;
  }
  return text;
}
