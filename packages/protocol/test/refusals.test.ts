import { describe, expect, test } from '@jest/globals';
import {
  artifactDescriptionSchema,
  blobSchema,
  cacheKeySchema,
  commitRequestSchema,
  commitResultSchema,
  digestSchema,
  errorBodySchema,
  historyRequestSchema,
  historyResultSchema,
  MAX_BATCH_ITEMS,
  MAX_HISTORY_ITEMS,
  MAX_REPORT_BLOBS,
  namespaceSchema,
  negotiateBatchResultSchema,
  negotiateBatchSchema,
  negotiateItemSchema,
  negotiateResultSchema,
  recordSchema,
  reportRequestSchema,
  reportResultSchema,
  scopeSchema,
  whoamiSchema,
} from '@velocity/protocol';
import * as v from 'valibot';
import {
  artifact,
  batch,
  commitRequest,
  downloadItem,
  errorBody,
  found,
  headReport,
  historyRequest,
  historyResult,
  record,
  reportRequest,
  reportResult,
  uploadItem,
  uploadNeeded,
  whoami,
} from './support/messages.js';

const [blob] = artifact.blobs;
const HEX = 'a'.repeat(64);
const refused = (schema: v.GenericSchema, value: unknown): boolean => !v.is(schema, value);
const without = (message: object, field: string): object =>
  Object.fromEntries(Object.entries(message).filter(([name]) => name !== field));

const badHex = [
  '',
  'a'.repeat(63),
  'a'.repeat(65),
  'A'.repeat(64),
  `${'a'.repeat(63)}g`,
  `${HEX}\n`,
  ` ${HEX}`,
  '../..',
  7,
  null,
];
const badNames = ['', '.a', '-a', 'A', 'a/b', '..', 'a b', 'ä', 'a'.repeat(64), 'a\n', 7, null, undefined];
const badSizes = [-1, -0.5, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, '1', null, undefined];

describe('values', () => {
  test.each(badHex)('%j is neither a digest nor a key', (value) => {
    expect([digestSchema, cacheKeySchema].map((schema) => refused(schema, value))).toEqual([true, true]);
  });

  test.each(badNames)('%j is neither a namespace nor a scope', (value) => {
    expect([namespaceSchema, scopeSchema].map((schema) => refused(schema, value))).toEqual([true, true]);
  });

  test.each(['a', '0', 'pr-812', 'acme.dev_1', 'a'.repeat(63)])('%j is both', (value) => {
    expect([namespaceSchema, scopeSchema].map((schema) => refused(schema, value))).toEqual([false, false]);
  });

  test.each(badSizes)('%p is no size', (size) => {
    expect(refused(blobSchema, { ...blob, size })).toBe(true);
    expect(refused(blobSchema, { ...blob, unpackedSize: size })).toBe(true);
    for (const field of ['entryCount', 'outputSize', 'durationMs'])
      expect(refused(artifactDescriptionSchema, { ...artifact, [field]: size })).toBe(true);
  });

  test('a blob has at least one byte; what it unpacks to may have none', () => {
    expect(refused(blobSchema, { ...blob, size: 0 })).toBe(true);
    expect(refused(blobSchema, { ...blob, size: 1, unpackedSize: 0 })).toBe(false);
  });
});

describe('a field too many', () => {
  test.each<readonly [string, v.GenericSchema, object]>([
    ['a batch', negotiateBatchSchema, batch],
    ['a download item', negotiateItemSchema, downloadItem],
    ['an upload item', negotiateItemSchema, uploadItem],
    ['a commit', commitRequestSchema, commitRequest],
    ['a description', artifactDescriptionSchema, artifact],
    ['a blob', blobSchema, blob ?? {}],
    ['a record', recordSchema, record],
    ['a question for histories', historyRequestSchema, historyRequest],
    ['a report', reportRequestSchema, reportRequest],
    ['a report of a head', reportRequestSchema, headReport],
  ])('is refused in %s', (_name, schema, message) => {
    expect(refused(schema, message)).toBe(false);
    for (const name of ['extra', 'namespace2', 'Hash', 'constructor'])
      expect(refused(schema, { ...message, [name]: 1 })).toBe(true);
  });

  test('is refused even if it is called __proto__', () => {
    const text = JSON.stringify(downloadItem).replace('{', '{"__proto__":{"hash":"x"},');
    expect(refused(negotiateItemSchema, JSON.parse(text))).toBe(true);
  });

  test('is refused at any depth', () => {
    const deep = { ...artifact, blobs: [{ ...blob, url: 'http://example.com' }] };
    expect(refused(negotiateBatchSchema, { items: [{ ...uploadItem, artifact: deep }] })).toBe(true);
  });

  test('a request cannot name its own namespace or scope', () => {
    expect(refused(negotiateItemSchema, { ...uploadItem, scope: 'trusted' })).toBe(true);
    expect(refused(negotiateItemSchema, { ...downloadItem, namespace: 'other' })).toBe(true);
    expect(refused(historyRequestSchema, { items: [{ task: 'web#build', scope: 'trusted' }] })).toBe(true);
    expect(refused(reportRequestSchema, { ...reportRequest, scope: 'trusted' })).toBe(true);
  });
});

describe('a field too few', () => {
  test.each<readonly [string, v.GenericSchema, object]>([
    ['a download item', negotiateItemSchema, downloadItem],
    ['an upload item', negotiateItemSchema, uploadItem],
    ['a commit', commitRequestSchema, commitRequest],
    ['a description', artifactDescriptionSchema, artifact],
    ['a record', recordSchema, record],
    ['"found"', negotiateResultSchema, found],
    ['"upload_needed"', negotiateResultSchema, uploadNeeded],
    ['histories', historyResultSchema, historyResult],
    ['a report', reportRequestSchema, reportRequest],
    ['a report of a head', reportRequestSchema, headReport],
    ['the result of a report', reportResultSchema, reportResult],
    ['whoami', whoamiSchema, whoami],
  ])('is noticed in %s, whichever it is', (_name, schema, message) => {
    for (const field of Object.keys(message))
      expect([field, refused(schema, without(message, field))]).toEqual([field, true]);
  });
});

describe('lists and texts', () => {
  const items = (length: number) => ({ items: Array.from({ length }, () => downloadItem) });
  const blobs = (length: number) => ({ ...artifact, blobs: Array.from({ length }, () => blob) });
  const ticket = (length: number) => ({ ticket: 'x'.repeat(length) });
  const tasks = (length: number) => ({ items: Array.from({ length }, () => ({ task: 'web#build' })) });
  const reported = (length: number) => ({ ...reportRequest, blobs: Array.from({ length }, () => HEX) });

  test.each<readonly [string, v.GenericSchema, (length: number) => object, number, number]>([
    ['items of a batch', negotiateBatchSchema, items, 1, MAX_BATCH_ITEMS],
    ['blobs of an artifact', artifactDescriptionSchema, blobs, 1, 16_384],
    ['characters of a ticket', commitRequestSchema, ticket, 1, 4 * 1024 * 1024],
    ['tasks', historyRequestSchema, tasks, 1, MAX_HISTORY_ITEMS],
    ['entries of a history', historyRequestSchema, (limit) => ({ items: [{ task: 'web#build', limit }] }), 1, 10],
    ['blobs of a report', reportRequestSchema, reported, 1, MAX_REPORT_BLOBS],
    [
      'characters of a task',
      artifactDescriptionSchema,
      (length) => ({ ...artifact, task: 'x'.repeat(length) }),
      1,
      512,
    ],
    ['characters of a writer', recordSchema, (length) => ({ ...record, writer: 'x'.repeat(length) }), 0, 256],
  ])('%s have a smallest and a largest number', (_name, schema, make, least, most) => {
    expect([least, most].map((length) => refused(schema, make(length)))).toEqual([false, false]);
    expect(refused(schema, make(most + 1))).toBe(true);
    if (least > 0) expect(refused(schema, make(least - 1))).toBe(true);
  });

  test('an artifact has at most a million entries', () => {
    expect(refused(artifactDescriptionSchema, { ...artifact, entryCount: 1_000_000 })).toBe(false);
    expect(refused(artifactDescriptionSchema, { ...artifact, entryCount: 1_000_001 })).toBe(true);
  });
});

describe('what is something else', () => {
  test.each<readonly [string, v.GenericSchema, unknown]>([
    ['another action', negotiateItemSchema, { ...downloadItem, action: 'delete' }],
    ['a download with a description', negotiateItemSchema, { ...downloadItem, artifact }],
    ['a key that is none', negotiateItemSchema, { ...downloadItem, hash: '../x' }],
    ['another version of a record', recordSchema, { ...record, version: 2 }],
    ['another tier', recordSchema, { ...record, tier: 'both' }],
    ['a time that is none', recordSchema, { ...record, createdAt: 'yesterday' }],
    ['another status', negotiateResultSchema, { status: 'maybe' }],
    ['an item that is none', negotiateBatchResultSchema, { items: [null] }],
    ['a URL that is none', negotiateResultSchema, { ...found, blobs: [{ digest: HEX, url: '/x', headers: {} }] }],
    [
      'a header that is none',
      negotiateResultSchema,
      { ...found, blobs: [{ digest: HEX, url: 'http://x', headers: { a: 1 } }] },
    ],
    ['"have" that is not true', negotiateResultSchema, { ...uploadNeeded, blobs: [{ digest: HEX, have: false }] }],
    ['another outcome of a commit', commitResultSchema, { status: 'maybe' }],
    ['an error without a word on retrying', errorBodySchema, { error: without(errorBody.error, 'retryable') }],
    ['another damage', negotiateResultSchema, { status: 'missing', because: 'of the weather' }],
    ['half an entry', historyRequestSchema, { items: [{ task: 'web#build', limit: 1.5 }] }],
    ['a task without a name', historyRequestSchema, { items: [{ task: '' }] }],
    ['a report on a path', reportRequestSchema, { ...reportRequest, blobs: ['../x'] }],
    ['a report of a head on a path', reportRequestSchema, { ...headReport, head: '../x' }],
    ['a report of blobs and a head', reportRequestSchema, { ...headReport, ...reportRequest }],
    ['another finding', reportResultSchema, { ...reportResult, status: 'maybe' }],
    ['another role', whoamiSchema, { ...whoami, role: 'admin' }],
    ['negative limits', whoamiSchema, { ...whoami, limits: { ...whoami.limits, maxBlobSize: -1 } }],
  ])('%s is refused', (_name, schema, value) => {
    expect(refused(schema, value)).toBe(true);
  });

  test.each([undefined, null, 0, 'x', [], true])('%j is no message at all', (value) => {
    for (const schema of [negotiateBatchSchema, negotiateItemSchema, negotiateResultSchema, recordSchema, whoamiSchema])
      expect(refused(schema, value)).toBe(true);
  });
});
