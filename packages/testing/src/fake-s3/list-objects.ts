import { uriEncodePath } from '../s3/canonical-request.js';
import { xmlDocument, xmlElement } from '../s3/xml.js';
import { sendText, type VerifiedExchange } from './exchange.js';
import { s3Error } from './s3-error.js';
import { bucketOf, type StoredObject } from './store-state.js';
import { queryValue } from './wire-request.js';

const MAX_KEYS = 1000;

export function listObjects(exchange: VerifiedExchange): void {
  const { state, wire, bucket } = exchange;
  const objects = bucketOf(state, bucket);
  if (state.misbehaviours.strikes('denyListBucket')) throw s3Error('AccessDenied', 'Access Denied');
  if (queryValue(wire, 'delimiter'))
    throw s3Error('NotImplemented', 'delimiter is not part of what this store implements');

  const prefix = queryValue(wire, 'prefix') ?? '';
  const token = queryValue(wire, 'continuation-token');
  const startAfter = queryValue(wire, 'start-after') ?? '';
  const limit = maxKeys(queryValue(wire, 'max-keys'));
  const encode = encoder(queryValue(wire, 'encoding-type'));
  const after = token === undefined ? startAfter : decodeToken(token);

  const matching = [...objects]
    .filter(([key]) => key.startsWith(prefix) && (after === '' || byteOrder(key, after) > 0))
    .sort(([a], [b]) => byteOrder(a, b));
  const page = matching.slice(0, limit);
  const last = page.at(-1)?.[0];
  const isTruncated = last !== undefined && matching.length > page.length;

  sendText(
    exchange,
    200,
    xmlDocument(
      'ListBucketResult',
      xmlElement('Name', bucket),
      xmlElement('Prefix', encode(prefix)),
      xmlElement('MaxKeys', limit),
      xmlElement('KeyCount', page.length),
      xmlElement('IsTruncated', isTruncated),
      ...(token === undefined ? [] : [xmlElement('ContinuationToken', token)]),
      ...(isTruncated ? [xmlElement('NextContinuationToken', Buffer.from(last).toString('base64url'))] : []),
      ...page.map(([key, object]) => contents(encode(key), object)),
    ),
  );
}

function contents(key: string, object: StoredObject): string {
  const fields = [
    xmlElement('Key', key),
    xmlElement('LastModified', new Date(object.modifiedAtMs).toISOString()),
    xmlElement('ETag', object.etag),
    xmlElement('Size', object.body.size),
    xmlElement('StorageClass', 'STANDARD'),
  ];
  return `<Contents>${fields.join('')}</Contents>`;
}

/** More than a thousand is not refused, only not given. */
function maxKeys(text: string | undefined): number {
  if (text === undefined || text === '') return MAX_KEYS;
  if (!/^\d{1,9}$/.test(text))
    throw s3Error('InvalidArgument', 'Provided max-keys not an integer or within integer range');
  return Math.min(MAX_KEYS, Number(text));
}

function encoder(type: string | undefined): (text: string) => string {
  if (type === undefined) return (text) => text;
  if (type !== 'url') throw s3Error('InvalidArgument', 'Invalid Encoding Method specified in Request');
  return uriEncodePath;
}

function decodeToken(token: string): string {
  const key = Buffer.from(token, 'base64url').toString();
  if (Buffer.from(key).toString('base64url') !== token) {
    throw s3Error('InvalidArgument', 'The continuation token provided is incorrect');
  }
  return key;
}

/** S3 orders by the bytes of UTF-8, which is not the order of JavaScript's code units. */
function byteOrder(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
