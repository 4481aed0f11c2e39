import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

import { systemClock, type Clock } from '../clock.js';
import { listenOnFreePort } from '../network/listen-on-free-port.js';
import type { S3Target } from '../s3/s3-target.js';
import { diskBodies, memoryBodies } from './body-store.js';
import { handleRequest } from './handle-request.js';
import { createInjectedFailures, type InjectedFailure } from './injected-failures.js';
import { createMisbehaviourSwitch, seededRandom, type Misbehaviours } from './misbehaviours.js';
import { bucketOf, removeObject, replaceObject, type StoreState } from './store-state.js';
import { createTraffic, type Operation, type RecordedRequest } from './traffic.js';

export interface FakeS3Options {
  readonly region?: string;
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  /** Exists from the start. */
  readonly bucket?: string;
  /** Decides about expiry and skew, and dates the objects. Default: the system's. */
  readonly clock?: Clock;
  /** Where bodies are kept until the fake is disposed of. Default `memory`. */
  readonly bodies?: 'memory' | 'disk';
  /** With `s3.test`, a Host of `<bucket>.s3.test` names the bucket; path style works all the same. */
  readonly virtualHostDomain?: string;
  /** Of the probabilities in {@link Misbehaviours}. */
  readonly seed?: number;
}

/** A strict S3 over real HTTP on loopback. What it does not implement it refuses with 501; it never ignores silently, unless told to. */
export interface FakeS3 extends S3Target, AsyncDisposable {
  readonly kind: 'fake';
  readonly calls: Readonly<Record<Operation, number>>;
  readonly requests: readonly RecordedRequest[];
  /** Of request bodies. */
  readonly bytesIn: number;
  /** Of answer bodies. */
  readonly bytesOut: number;
  resetCounts(): void;
  /** Adds to the misbehaviours that are on. */
  misbehave(how: Misbehaviours): void;
  /** Lifts all misbehaviours and forgets the failures that wait. */
  behave(): void;
  /** The next requests of that operation are answered so, before anything else is looked at. */
  failNext(operation: Operation, failure: InjectedFailure): void;
  readonly objects: FakeObjects;
}

/** The content of the bucket, past HTTP and past every misbehaviour. */
export interface FakeObjects {
  keys(): readonly string[];
  read(key: string): Promise<Buffer | undefined>;
  /** As if someone had put it there: also to replace good bytes by bad ones. The checksum is left as it was, or absent. */
  write(key: string, body: string | Uint8Array): void;
  delete(key: string): void;
}

export async function startFakeS3(options: FakeS3Options = {}): Promise<FakeS3> {
  const bucket = options.bucket ?? 'velocity-test';
  const state: StoreState = {
    region: options.region ?? 'us-east-1',
    accessKeyId: options.accessKeyId ?? 'VELOCITYTESTACCESS',
    secretAccessKey: options.secretAccessKey ?? 'velocity/test+secret0123456789',
    clock: options.clock ?? systemClock,
    bodies: options.bodies === 'disk' ? diskBodies() : memoryBodies(),
    buckets: new Map([[bucket, new Map()]]),
    misbehaviours: createMisbehaviourSwitch(seededRandom(options.seed ?? 1)),
    failures: createInjectedFailures(),
    traffic: createTraffic(),
  };
  const { virtualHostDomain } = options;
  const handle =
    (expectsContinue: boolean) =>
    (request: IncomingMessage, response: ServerResponse): void =>
      void handleRequest(state, [request, response], { virtualHostDomain, expectsContinue });
  const server = createServer({ keepAliveTimeout: 60_000 }, handle(false));
  server.on('checkContinue', handle(true));
  const listening = await listenOnFreePort(server);

  return {
    kind: 'fake',
    endpoint: listening.url,
    region: state.region,
    accessKeyId: state.accessKeyId,
    secretAccessKey: state.secretAccessKey,
    bucket,
    calls: state.traffic.calls,
    requests: state.traffic.requests,
    get bytesIn() {
      return state.traffic.bytesIn;
    },
    get bytesOut() {
      return state.traffic.bytesOut;
    },
    resetCounts: () => state.traffic.reset(),
    misbehave: (how) => state.misbehaviours.set(how),
    behave: () => {
      state.misbehaviours.clear();
      state.failures.clear();
    },
    failNext: (operation, failure) => state.failures.add(operation, failure),
    objects: objectsOf(state, bucket),
    [Symbol.asyncDispose]: async () => {
      await listening[Symbol.asyncDispose]();
      state.bodies[Symbol.dispose]();
    },
  };
}

function objectsOf(state: StoreState, bucket: string): FakeObjects {
  return {
    keys: () => [...bucketOf(state, bucket).keys()].sort(),
    read: async (key) => {
      const object = bucketOf(state, bucket).get(key);
      if (object === undefined) return undefined;
      const chunks: Uint8Array[] = [];
      for await (const chunk of object.body.read(0, object.body.size)) chunks.push(chunk);
      return Buffer.concat(chunks);
    },
    write: (key, body) => {
      const objects = bucketOf(state, bucket);
      const bytes = Buffer.from(body);
      const before = objects.get(key);
      const writer = state.bodies.create();
      writer.write(bytes);
      replaceObject(objects, key, {
        body: writer.finish(),
        etag: `"${createHash('md5').update(bytes).digest('hex')}"`,
        modifiedAtMs: state.clock.now(),
        headers: before?.headers ?? { 'content-type': 'binary/octet-stream' },
        checksums: before?.checksums ?? {},
        signature: '',
      });
    },
    delete: (key) => removeObject(bucketOf(state, bucket), key),
  };
}
