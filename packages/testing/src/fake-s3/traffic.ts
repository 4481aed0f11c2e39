import type { WireRequest } from './wire-request.js';
import { queryValue } from './wire-request.js';

export const OPERATIONS = [
  'put',
  'get',
  'head',
  'delete',
  'list',
  'deleteObjects',
  'createBucket',
  'headBucket',
  'other',
] as const;

export type Operation = (typeof OPERATIONS)[number];

export interface RecordedRequest {
  readonly operation: Operation;
  readonly method: string;
  readonly bucket: string | undefined;
  readonly key: string | undefined;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  /** As the client claims; empty for an anonymous request. */
  readonly signedHeaders: readonly string[];
  /** Undefined until answered, and for ever when the connection broke first. */
  status: number | undefined;
}

/** What came and went since the start or the last `reset`. */
export interface Traffic {
  readonly calls: Record<Operation, number>;
  readonly requests: RecordedRequest[];
  /** Of request bodies. */
  bytesIn: number;
  /** Of answer bodies. */
  bytesOut: number;
  record(wire: WireRequest): RecordedRequest;
  reset(): void;
}

export function createTraffic(): Traffic {
  const calls = Object.fromEntries(OPERATIONS.map((name) => [name, 0])) as Record<Operation, number>;
  const requests: RecordedRequest[] = [];
  const traffic: Traffic = {
    calls,
    requests,
    bytesIn: 0,
    bytesOut: 0,
    record: (wire) => {
      const recorded: RecordedRequest = {
        operation: operationOf(wire),
        method: wire.method,
        bucket: wire.bucket,
        key: wire.key,
        query: Object.fromEntries(wire.query),
        headers: Object.fromEntries(wire.headers),
        signedHeaders: claimedSignedHeaders(wire),
        status: undefined,
      };
      calls[recorded.operation] += 1;
      requests.push(recorded);
      return recorded;
    },
    reset: () => {
      for (const name of OPERATIONS) calls[name] = 0;
      requests.length = 0;
      traffic.bytesIn = 0;
      traffic.bytesOut = 0;
    },
  };
  return traffic;
}

/** What is known by a parameter without a value, or is not implemented, is `other`. */
function operationOf(wire: WireRequest): Operation {
  const { method, bucket, key } = wire;
  if (bucket === undefined) return 'other';
  if (wire.query.some(([name]) => FOREIGN_PARAMETERS.has(name)) || wire.headers.has('x-amz-copy-source'))
    return 'other';
  if (key !== undefined) {
    const byMethod: Readonly<Record<string, Operation>> = { PUT: 'put', GET: 'get', HEAD: 'head', DELETE: 'delete' };
    return byMethod[method] ?? 'other';
  }
  if (method === 'PUT') return 'createBucket';
  if (method === 'HEAD') return 'headBucket';
  if (method === 'GET' && queryValue(wire, 'list-type') === '2') return 'list';
  if (method === 'POST' && queryValue(wire, 'delete') !== undefined) return 'deleteObjects';
  return 'other';
}

/** Sub-resources of S3 that this store does not have: to take such a request for a plain one would be a silent lie. */
const FOREIGN_PARAMETERS: ReadonlySet<string> = new Set(
  [
    'accelerate acl analytics attributes cors encryption inventory legal-hold lifecycle location logging metrics notification',
    'object-lock ownershipControls partNumber policy policyStatus publicAccessBlock replication requestPayment restore retention',
    'select tagging torrent uploadId uploads versionId versioning versions website',
  ].flatMap((line) => line.split(' ')),
);

function claimedSignedHeaders(wire: WireRequest): readonly string[] {
  const inHeader = /SignedHeaders=([^,\s]+)/.exec(wire.headers.get('authorization') ?? '')?.[1];
  const claimed = inHeader ?? queryValue(wire, 'X-Amz-SignedHeaders');
  return claimed === undefined ? [] : claimed.split(';');
}
