import { xmlDocument, xmlElement, xmlValue, xmlValues } from '../s3/xml.js';
import { send, sendText, type ObjectExchange, type VerifiedExchange } from './exchange.js';
import { receiveBody } from './receive-body.js';
import { s3Error } from './s3-error.js';
import { bucketOf, removeObject } from './store-state.js';

const MAX_DELETES = 1000;
const MAX_DOCUMENT_BYTES = 2 * 1024 * 1024;

/** What is absent is deleted already. */
export function deleteObject(exchange: ObjectExchange): void {
  const { state, wire, bucket, key } = exchange;
  if (wire.headers.has('if-match')) throw s3Error('NotImplemented', 'Conditional deletes are not implemented');
  removeObject(bucketOf(state, bucket), key);
  send(exchange, 204);
}

export async function deleteObjects(exchange: VerifiedExchange): Promise<void> {
  const { state, wire } = exchange;
  const objects = bucketOf(state, exchange.bucket);
  const announced = Number(wire.headers.get('content-length') ?? 'NaN');
  if (Number.isNaN(announced))
    throw s3Error('MissingContentLength', 'You must provide the Content-Length HTTP header.');
  if (announced > MAX_DOCUMENT_BYTES) throw s3Error('MalformedXML', 'The XML you provided is too long');
  const isSummed = [...wire.headers.keys()].some(
    (name) => name === 'content-md5' || name.startsWith('x-amz-checksum-'),
  );
  if (!isSummed) {
    throw s3Error('InvalidRequest', 'Missing required header for this request: Content-MD5 OR x-amz-checksum-*');
  }

  const { body } = await receiveBody(exchange, announced);
  const xml = await readText(body.read(0, body.size));
  body.discard();
  const keys = xmlValues(xml, 'Key');
  if (!/<Delete[\s>]/.test(xml) || keys.length === 0 || keys.length > MAX_DELETES) {
    throw s3Error(
      'MalformedXML',
      'The XML you provided was not well-formed or did not validate against our published schema',
    );
  }
  for (const key of keys) removeObject(objects, key);
  const isQuiet = xmlValue(xml, 'Quiet') === 'true';
  const deleted = isQuiet ? [] : keys.map((key) => `<Deleted>${xmlElement('Key', key)}</Deleted>`);
  sendText(exchange, 200, xmlDocument('DeleteResult', ...deleted));
}

async function readText(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
