import type { S3Client } from '@aws-sdk/client-s3';
import { digestOf, isVelocityError, VelocityError } from '@velocity/core';
import { type BodySource, collectBody } from '../checked-body.js';
import type {
  CreateOptions,
  DriverSupports,
  ListOptions,
  ObjectBody,
  ObjectStat,
  OperationOptions,
  SignedRequest,
  SignRequest,
  StorageDriver,
} from '../driver.js';
import { KeyedLock } from '../keyed-lock.js';
import { assertObjectKey, isObjectKey } from '../object-key-syntax.js';
import { delayByTimer } from './retry.js';
import { openS3Body } from './s3-body.js';
import { bucketUrl, createS3Client, DEFAULT_REGION } from './s3-client.js';
import { s3Error } from './s3-errors.js';
import {
  defaultPrecondition,
  featuresFor,
  type Precondition,
  preconditionHeader,
  type S3Features,
} from './s3-features.js';
import { S3LookUps } from './s3-look-ups.js';
import type { S3DriverOptions } from './s3-options.js';
import { S3Presigner } from './s3-presigner.js';
import { S3Requests } from './s3-requests.js';

export interface S3PresignOptions {
  /** Who will use the request: clients, or this process. Default: clients. */
  readonly reach?: 'public' | 'internal';
  /** Default: the driver's. */
  readonly features?: S3Features;
  /** Default: the driver's clock. */
  readonly nowMs?: number;
}

interface Shared {
  readonly options: S3DriverOptions;
  readonly client: S3Client;
  readonly requests: S3Requests;
  readonly presigner: S3Presigner;
  readonly precondition: Precondition;
  readonly locks: KeyedLock;
  readonly urls: { readonly public: URL; readonly internal: URL };
}

/** A single PUT holds its body in memory: records and small blobs. Large ones go by presigned URL. */
const MAX_CREATE_BYTES = 64 * 1024 * 1024;
const MAX_ATTEMPTS = 4;
/** After this long, "absent" is no longer believed without asking whether the bucket is there. */
const BUCKET_KNOWN_MS = 60_000;

/** Keeps objects in a bucket of Amazon S3, or of a store that speaks its language. */
export class S3Driver implements StorageDriver {
  readonly name = 's3';
  readonly supports: DriverSupports;
  readonly features: S3Features;
  readonly precondition: Precondition;
  readonly touch?: (key: string, options?: OperationOptions) => Promise<void>;
  readonly #shared: Shared;
  readonly #isOwner: boolean;
  #bucketSeenAtMs = Number.NEGATIVE_INFINITY;

  /** Makes no request: see `probeStorage`. @throws VelocityError `CONFIG_INVALID` for an endpoint that is no URL */
  static async open(options: S3DriverOptions): Promise<S3Driver> {
    for (const endpoint of [options.endpoint, options.publicEndpoint]) assertEndpoint(endpoint);
    const client = createS3Client(options);
    const precondition = options.precondition ?? defaultPrecondition(options.endpoint);
    const { bucket, region = DEFAULT_REGION, now, random } = options;
    const internal = bucketUrl(client, options, options.endpoint);
    const lookUps = new S3LookUps({ client, bucket: internal, region, now });
    const retry = { maxAttempts: options.maxAttempts ?? MAX_ATTEMPTS, random, delay: options.delay ?? delayByTimer };
    const requests = new S3Requests({ client, bucket, lookUps, retry });
    const credentials = () => client.config.credentials();
    const presigner = new S3Presigner({ region, precondition, credentials });
    const reachable = bucketUrl(client, options, options.publicEndpoint ?? options.endpoint);
    const urls = { public: reachable, internal };
    const shared = { options, client, requests, presigner, precondition, locks: new KeyedLock(), urls };
    return new S3Driver(shared, featuresFor(precondition, options.features), true);
  }

  private constructor(shared: Shared, features: S3Features, isOwner: boolean) {
    this.#shared = shared;
    this.#isOwner = isOwner;
    this.features = features;
    this.precondition = shared.precondition;
    this.supports = { sign: true, touch: features.touchByCopy, atomicCreate: features.conditionalCreate };
    if (features.touchByCopy) this.touch = (key, options) => this.#touch(key, options);
  }

  /** The same store with other features, over the same connections; disposing of the original ends both. */
  withFeatures(features: S3Features): S3Driver {
    return new S3Driver(this.#shared, featuresFor(this.precondition, features), false);
  }

  async stat(key: string, { signal }: OperationOptions = {}): Promise<ObjectStat | undefined> {
    return this.#answer(key, `cannot look up ${key}`, signal, async () => {
      const found = await this.#shared.requests.head(key, signal);
      if (found === undefined) return undefined;
      const { size, modifiedAtMs, sha256 } = found;
      const vouched = this.features.checksumOnHead && sha256 !== undefined;
      return { key, size, modifiedAtMs, ...(vouched ? { sha256 } : {}) };
    });
  }

  async read(key: string, { signal }: OperationOptions = {}): Promise<ObjectBody | undefined> {
    const what = `cannot read ${key}`;
    const toError = (error: unknown): Error => this.#toError(error, what);
    return this.#answer(key, what, signal, () =>
      this.#shared.requests.get(key, signal, (body) => openS3Body({ ...body, toError, signal })),
    );
  }

  /** @throws VelocityError `VALUE_INVALID` for more than 64 MiB, besides what the contract says */
  async create(key: string, body: BodySource, options: CreateOptions): Promise<'created' | 'exists'> {
    assertObjectKey(key);
    if (options.size > MAX_CREATE_BYTES) {
      throw new VelocityError('VALUE_INVALID', `${key}: ${options.size} bytes are too many to send at once`, {
        hint: 'put it by a signed request',
      });
    }
    const bytes = await collectBody(key, body, options);
    const { signal } = options;
    return this.#attempt(`cannot store ${key}`, signal, async () => {
      if (this.features.conditionalCreate) return this.#put(key, bytes, signal);
      return this.#shared.locks.run(key, async () => {
        signal?.throwIfAborted();
        return (await this.stat(key, options)) === undefined ? this.#put(key, bytes, signal) : 'exists';
      });
    });
  }

  async remove(key: string, { signal }: OperationOptions = {}): Promise<void> {
    assertObjectKey(key);
    await this.#attempt(`cannot remove ${key}`, signal, () => this.#shared.requests.delete(key, signal));
  }

  /** Objects whose names are no keys of ours are passed over. */
  async *list({ prefix = '', limit = Number.POSITIVE_INFINITY, signal }: ListOptions = {}): AsyncGenerator<ObjectStat> {
    let left = limit;
    let token: string | undefined;
    while (left > 0) {
      const page = await this.#attempt(`cannot list ${this.#shared.options.bucket}`, signal, () =>
        this.#shared.requests.listPage({ prefix, token, limit: left }, signal),
      );
      const objects = page.objects.filter(({ key }) => isObjectKey(key)).slice(0, left);
      yield* objects;
      left -= objects.length;
      token = page.next;
      if (token === undefined) return;
    }
  }

  async sign(request: SignRequest): Promise<SignedRequest> {
    return this.presign(request);
  }

  /** {@link sign} for another audience, moment or set of features. */
  async presign(request: SignRequest, options: S3PresignOptions = {}): Promise<SignedRequest> {
    const { presigner, urls } = this.#shared;
    return this.#attempt(`cannot sign a request for ${request.key}`, undefined, () =>
      presigner.presign(request, {
        bucket: urls[options.reach ?? 'public'],
        features: options.features ?? this.features,
        nowMs: options.nowMs ?? this.#shared.options.now(),
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isOwner) this.#shared.client.destroy();
  }

  async #touch(key: string, { signal }: OperationOptions = {}): Promise<void> {
    assertObjectKey(key);
    await this.#attempt(`cannot touch ${key}`, signal, () => this.#shared.requests.copyOntoItself(key, signal));
  }

  #put(key: string, bytes: Uint8Array, signal: AbortSignal | undefined): Promise<'created' | 'exists'> {
    const checksum = Buffer.from(digestOf(bytes), 'hex').toString('base64');
    const headers = {
      ...preconditionHeader(this.precondition, this.features),
      ...(this.features.bindChecksumSha256 ? { 'x-amz-checksum-sha256': checksum } : {}),
    };
    return this.#shared.requests.put({ key, bytes, headers }, signal);
  }

  /** A look-up whose "absent" is believed only while the bucket is known to be there: HEAD cannot tell a missing bucket from a missing key. */
  async #answer<T>(
    key: string,
    what: string,
    signal: AbortSignal | undefined,
    lookUp: () => Promise<T | undefined>,
  ): Promise<T | undefined> {
    assertObjectKey(key);
    return this.#attempt(what, signal, async () => {
      const { requests, options } = this.#shared;
      const found = await lookUp();
      const isRecent = options.now() - this.#bucketSeenAtMs < BUCKET_KNOWN_MS;
      if (found === undefined && !isRecent && !(await requests.hasBucket(signal))) {
        throw new VelocityError('STORAGE_UNAVAILABLE', `${what}: there is no bucket ${options.bucket}`, {
          hint: 'create it, or name another one',
        });
      }
      if (found !== undefined || !isRecent) this.#bucketSeenAtMs = options.now();
      return found;
    });
  }

  async #attempt<T>(what: string, signal: AbortSignal | undefined, body: () => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    try {
      return await body();
    } catch (error) {
      signal?.throwIfAborted();
      throw this.#toError(error, what);
    }
  }

  #toError(error: unknown, what: string): Error {
    return isVelocityError(error) ? error : s3Error(error, what, this.#shared.options.bucket);
  }
}

function assertEndpoint(endpoint: string | undefined): void {
  if (endpoint === undefined || (/^https?:\/\//.test(endpoint) && URL.canParse(endpoint))) return;
  throw new VelocityError('CONFIG_INVALID', `not the URL of an S3 endpoint: ${endpoint}`, {
    hint: 'it looks like https://s3.example.com',
  });
}
