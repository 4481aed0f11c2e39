import type { Readable } from 'node:stream';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { withRetries, type RetryOptions } from './retry.js';
import { failureOf } from './s3-errors.js';
import type { S3LookUps } from './s3-look-ups.js';

export interface StoredObject {
  readonly size: number;
  readonly modifiedAtMs: number;
  /** Of the whole object, 64 hexadecimal digits. */
  readonly sha256: string | undefined;
}

export interface ListPage {
  readonly objects: readonly { readonly key: string; readonly size: number; readonly modifiedAtMs: number }[];
  readonly next: string | undefined;
}

export interface PageInput {
  readonly prefix: string;
  /** Of the page before this one. */
  readonly token: string | undefined;
  readonly limit: number;
}

export interface PutInput {
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

/** What a store lists at once without being asked for less. */
const MAX_PAGE = 1000;

/** One method, one kind of request, with retries. Throws the SDK's errors; only 404 and 412 are answers. */
export class S3Requests {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #lookUps: S3LookUps;
  readonly #retry: Omit<RetryOptions, 'signal'>;

  constructor(options: {
    readonly client: S3Client;
    readonly bucket: string;
    readonly lookUps: S3LookUps;
    readonly retry: Omit<RetryOptions, 'signal'>;
  }) {
    this.#client = options.client;
    this.#bucket = options.bucket;
    this.#lookUps = options.lookUps;
    this.#retry = options.retry;
  }

  async head(key: string, signal?: AbortSignal): Promise<StoredObject | undefined> {
    const found = await this.#orAbsent(signal, () => this.#lookUps.send('HEAD', key, signal));
    if (found === undefined) return undefined;
    const { headers } = found;
    const type = headers['x-amz-checksum-type'];
    const isWhole = type === undefined || type === 'FULL_OBJECT';
    return {
      size: Number(headers['content-length'] ?? 0),
      modifiedAtMs: Date.parse(headers['last-modified'] ?? '') || 0,
      sha256: isWhole ? sha256FromBase64(headers['x-amz-checksum-sha256']) : undefined,
    };
  }

  /** `consume` is part of what is retried. */
  async get<T>(
    key: string,
    signal: AbortSignal | undefined,
    consume: (body: { readonly stream: Readable; readonly size: number }) => Promise<T>,
  ): Promise<T | undefined> {
    return this.#orAbsent(signal, async () => {
      const { stream, headers } = await this.#lookUps.send('GET', key, signal);
      const size = headers['content-length'];
      if (size === undefined || headers['etag'] === undefined) {
        stream.on('error', () => undefined).destroy();
        throw incompleteAnswer('GET');
      }
      return consume({ stream, size: Number(size) });
    });
  }

  /** `exists` when the store refused because of the precondition in `headers`. */
  async put({ key, bytes, headers }: PutInput, signal?: AbortSignal): Promise<'created' | 'exists'> {
    const put = async (): Promise<'created' | 'exists'> => {
      const command = new PutObjectCommand({
        Bucket: this.#bucket,
        Key: key,
        Body: bytes,
        ContentLength: bytes.byteLength,
        ContentType: 'application/octet-stream',
      });
      command.middlewareStack.add(
        (next) => (args) => {
          Object.assign((args.request as { headers: Record<string, string> }).headers, headers);
          return next(args);
        },
        { step: 'build', name: 'velocityHeaders' },
      );
      const answer = await this.#client.send(command, within(signal));
      if (answer.ETag === undefined) throw incompleteAnswer('PUT');
      return 'created';
    };
    try {
      return await withRetries({ ...this.#retry, signal }, put);
    } catch (error) {
      const { status } = failureOf(error);
      if (status === 412) return 'exists';
      // Another writer was in the way to the end; either it has won by now, or the store is in trouble.
      if (status === 409 && (await this.head(key, signal)) !== undefined) return 'exists';
      throw error;
    }
  }

  async delete(key: string, signal?: AbortSignal): Promise<void> {
    const command = new DeleteObjectCommand({ Bucket: this.#bucket, Key: key });
    await this.#orAbsent(signal, () => this.#client.send(command, within(signal)));
  }

  async listPage({ prefix, token, limit }: PageInput, signal?: AbortSignal): Promise<ListPage> {
    const command = new ListObjectsV2Command({
      Bucket: this.#bucket,
      Prefix: prefix,
      ...(token === undefined ? {} : { ContinuationToken: token }),
      ...(limit < MAX_PAGE && { MaxKeys: limit }),
    });
    return withRetries({ ...this.#retry, signal }, async () => {
      const page = await this.#client.send(command, within(signal));
      // An error document under status 200 parses as a page without anything, which must not mean "empty".
      if (page.Name === undefined) throw incompleteAnswer('list');
      const objects = (page.Contents ?? []).map((item) => ({
        key: item.Key ?? '',
        size: item.Size ?? 0,
        modifiedAtMs: item.LastModified?.getTime() ?? 0,
      }));
      if (page.IsTruncated === true && page.NextContinuationToken === undefined) throw incompleteAnswer('list');
      return { objects, next: page.IsTruncated === true ? page.NextContinuationToken : undefined };
    });
  }

  /** Copies an object onto itself, which renews its modification time. */
  async copyOntoItself(key: string, signal?: AbortSignal): Promise<void> {
    const command = new CopyObjectCommand({
      Bucket: this.#bucket,
      Key: key,
      CopySource: `${this.#bucket}/${key}`,
      MetadataDirective: 'REPLACE',
      ContentType: 'application/octet-stream',
    });
    await this.#orAbsent(signal, () => this.#client.send(command, within(signal)));
  }

  /** False only when the store says that there is no such bucket. */
  async hasBucket(signal?: AbortSignal): Promise<boolean> {
    try {
      const command = new HeadBucketCommand({ Bucket: this.#bucket });
      await withRetries({ ...this.#retry, signal }, () => this.#client.send(command, within(signal)));
    } catch (error) {
      const { status } = failureOf(error);
      if (status === 404) return false;
      if (status !== 403) throw error;
    }
    return true;
  }

  async #orAbsent<T>(signal: AbortSignal | undefined, send: () => Promise<T>): Promise<T | undefined> {
    try {
      return await withRetries({ ...this.#retry, signal }, send);
    } catch (error) {
      const { status, code } = failureOf(error);
      if (status === 404 && code !== 'NoSuchBucket') return undefined;
      throw error;
    }
  }
}

function within(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}

/** A success that lacks what every success has: an error in disguise, or something that is no S3 store. */
function incompleteAnswer(request: string): Error {
  return Object.assign(new Error(`the answer to ${request} was no success of S3's`), { name: 'IncompleteAnswer' });
}

/** Undefined too for the checksum of checksums that a multipart upload has (`<base64>-<parts>`). */
function sha256FromBase64(checksum: string | undefined): string | undefined {
  if (checksum === undefined) return undefined;
  const bytes = Buffer.from(checksum, 'base64');
  return bytes.byteLength === 32 && bytes.toString('base64') === checksum ? bytes.toString('hex') : undefined;
}
