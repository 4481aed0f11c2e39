import { ALGORITHM, formatAmzDate } from '../s3/canonical-request.js';
import { s3Error } from './s3-error.js';
import { queryValue, type WireRequest } from './wire-request.js';

const MAX_LIFETIME_SECONDS = 7 * 24 * 3600;

export interface Authorization {
  readonly form: 'header' | 'query';
  readonly credential: Credential;
  /** Lower-case, sorted, each once. */
  readonly signedHeaders: readonly string[];
  /** 64 hexadecimal digits. */
  readonly signature: string;
  readonly amzDate: string;
  /** Only in the query form. */
  readonly lifetimeSeconds?: number;
}

interface Credential {
  readonly accessKeyId: string;
  readonly day: string;
  readonly region: string;
  readonly service: string;
  readonly terminator: string;
}

/** Reads the one signature a request must carry; what it claims is not checked here. */
export function parseAuthorization(wire: WireRequest): Authorization {
  const header = wire.headers.get('authorization');
  const inQuery =
    queryValue(wire, 'X-Amz-Algorithm') !== undefined || queryValue(wire, 'X-Amz-Signature') !== undefined;
  if (header !== undefined && inQuery) {
    throw s3Error('InvalidArgument', 'Only one auth mechanism allowed');
  }
  if (header !== undefined) return fromHeader(wire, header);
  if (inQuery) return fromQuery(wire);
  throw s3Error('AccessDenied', 'Anonymous access is not allowed');
}

function fromHeader(wire: WireRequest, header: string): Authorization {
  const malformed = (message: string): Error => s3Error('AuthorizationHeaderMalformed', message);
  const [algorithm = '', ...rest] = header.split(' ');
  if (algorithm !== ALGORITHM) {
    throw s3Error(
      'InvalidRequest',
      `The authorization mechanism you have provided is not supported. Please use ${ALGORITHM}.`,
    );
  }
  const fields = new Map(
    rest
      .join(' ')
      .split(',')
      .map((field) => {
        const [name = '', value = ''] = field.trim().split(/=(.*)/s);
        return [name, value] as const;
      }),
  );
  return {
    form: 'header',
    credential: parseCredential(fields.get('Credential'), malformed),
    signedHeaders: parseSignedHeaders(fields.get('SignedHeaders'), malformed),
    signature: parseSignature(fields.get('Signature'), malformed),
    amzDate: wire.headers.get('x-amz-date') ?? fromHttpDate(wire.headers.get('date')),
  };
}

function fromQuery(wire: WireRequest): Authorization {
  const malformed = (message: string): Error => s3Error('AuthorizationQueryParametersError', message);
  const single = (name: string): string => {
    const values = wire.query.filter(([candidate]) => candidate === name);
    const value = values[0]?.[1];
    if (values.length !== 1 || value === undefined) throw malformed(`The query must hold ${name} exactly once`);
    return value;
  };
  if (single('X-Amz-Algorithm') !== ALGORITHM) throw malformed(`X-Amz-Algorithm only supports "${ALGORITHM}"`);
  const lifetime = single('X-Amz-Expires');
  if (!/^\d{1,7}$/.test(lifetime)) throw malformed('X-Amz-Expires should be a number');
  const lifetimeSeconds = Number(lifetime);
  if (lifetimeSeconds < 1 || lifetimeSeconds > MAX_LIFETIME_SECONDS) {
    throw malformed('X-Amz-Expires must be at least 1 and less than a week (in seconds); 604800 is the most');
  }
  return {
    form: 'query',
    credential: parseCredential(single('X-Amz-Credential'), malformed),
    signedHeaders: parseSignedHeaders(single('X-Amz-SignedHeaders'), malformed),
    signature: parseSignature(single('X-Amz-Signature'), malformed),
    amzDate: single('X-Amz-Date'),
    lifetimeSeconds,
  };
}

function parseCredential(text: string | undefined, malformed: (message: string) => Error): Credential {
  const [accessKeyId, day, region, service, terminator, ...more] = (text ?? '').split('/');
  if (!accessKeyId || !day || !region || !service || !terminator || more.length > 0) {
    throw malformed('the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".');
  }
  return { accessKeyId, day, region, service, terminator };
}

function parseSignedHeaders(text: string | undefined, malformed: (message: string) => Error): readonly string[] {
  const names = (text ?? '').split(';');
  const ordered = names.every((name, index) => {
    const before = names[index - 1];
    return /^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name) && (before === undefined || before < name);
  });
  if (!ordered) throw malformed('SignedHeaders must be lower-case names in order, separated by semicolons');
  return names;
}

function parseSignature(text: string | undefined, malformed: (message: string) => Error): string {
  if (text === undefined || !/^[0-9a-f]{64}$/.test(text))
    throw malformed('the Signature must be 64 hexadecimal digits');
  return text;
}

function fromHttpDate(text: string | undefined): string {
  const ms = Date.parse(text ?? '');
  return Number.isNaN(ms) ? '' : formatAmzDate(ms);
}
