import { describe, expect, test } from '@jest/globals';
import { digestOf } from '@velocity/core';
import {
  artifactDescriptionSchema,
  commitRequestSchema,
  commitResultSchema,
  DEFAULT_HISTORY_LIMIT,
  errorBodySchema,
  historyRequestSchema,
  historyResultSchema,
  MAX_BATCH_ITEMS,
  MAX_HISTORY_ITEMS,
  MAX_HISTORY_LIMIT,
  MAX_REPORT_BLOBS,
  negotiateBatchResultSchema,
  negotiateBatchSchema,
  negotiateItemSchema,
  negotiateResultSchema,
  recordSchema,
  reportRequestSchema,
  reportResultSchema,
  ROLES,
  ROUTES,
  whoamiSchema,
} from '@velocity/protocol';
import * as v from 'valibot';
import * as messages from './support/messages.js';

const wire: readonly (readonly [string, v.GenericSchema, unknown])[] = [
  ['an artifact description', artifactDescriptionSchema, messages.artifact],
  ['a record', recordSchema, messages.record],
  ['a download item', negotiateItemSchema, messages.downloadItem],
  ['an upload item', negotiateItemSchema, messages.uploadItem],
  ['a batch', negotiateBatchSchema, messages.batch],
  ['"found"', negotiateResultSchema, messages.found],
  ['"missing"', negotiateResultSchema, messages.missing],
  ['"skipped"', negotiateResultSchema, messages.skipped],
  ['"upload_needed"', negotiateResultSchema, messages.uploadNeeded],
  ['the error of an item', negotiateResultSchema, messages.errorBody],
  ['the result of a batch', negotiateBatchResultSchema, messages.batchResult],
  ['a commit', commitRequestSchema, messages.commitRequest],
  ['the result of a commit', commitResultSchema, messages.commitResult],
  ['an error', errorBodySchema, messages.errorBody],
  ['whoami', whoamiSchema, messages.whoami],
];

/** Not there in the first version of the wire. */
const later: typeof wire = [
  ['"missing" with a reason', negotiateResultSchema, messages.damaged],
  ['a question for histories', historyRequestSchema, messages.historyRequest],
  ['histories', historyResultSchema, messages.historyResult],
  ['a report', reportRequestSchema, messages.reportRequest],
  ['the result of a report', reportResultSchema, messages.reportResult],
];

/** Came after those. */
const last: typeof wire = [
  ['a report of a head', reportRequestSchema, messages.headReport],
  ['that it cannot be told', reportResultSchema, messages.unknownReport],
];

describe('the wire', () => {
  test.each([...wire, ...later, ...last])(
    '%s is taken as it comes, and nothing of it is lost',
    (_name, schema, message) => {
      const text = JSON.stringify(message);
      const parsed: unknown = v.parse(schema, JSON.parse(text));
      expect(JSON.stringify(parsed)).toBe(text);
      // What one side has parsed it may send on, as the gateway does with records.
      expect(v.parse(schema, parsed)).toEqual(message);
    },
  );

  test('has not changed', () => {
    expect(digestOf(JSON.stringify(wire.map(([, , message]) => message)))).toBe(
      'c4ccc235915a574b0b304e697ba50358df0c37cd4c9cfce5023a24d13a65cafe',
    );
    expect(digestOf(JSON.stringify(later.map(([, , message]) => message)))).toBe(
      'a24478fc01b65c70c183df6eece860ec455ca64ca8c1624062c816e3db135b34',
    );
    expect(digestOf(JSON.stringify(last.map(([, , message]) => message)))).toBe(
      '9aef8d343860e4fbebac5c07d65dafdca8830dddebe62b8a24d1d1402c7f67ae',
    );
    expect(MAX_BATCH_ITEMS).toBe(1000);
    expect([MAX_HISTORY_ITEMS, MAX_HISTORY_LIMIT, DEFAULT_HISTORY_LIMIT, MAX_REPORT_BLOBS]).toEqual([200, 10, 3, 64]);
    expect(ROLES).toEqual(['trusted-writer', 'scoped-writer', 'reader']);
    expect(ROUTES).toEqual({
      negotiate: '/v1/negotiate',
      commit: '/v1/commit',
      history: '/v1/history',
      report: '/v1/report',
      whoami: '/v1/whoami',
      proxyBlob: '/v1/proxy/blob',
      health: '/health',
      ready: '/ready',
      metrics: '/metrics',
    });
  });

  test('the description that was uploaded is the one in the record and in the answer', () => {
    const [, upload] = v.parse(negotiateBatchSchema, messages.batch).items;
    if (upload?.action !== 'upload') throw new Error('not an upload');
    const record = v.parse(recordSchema, { ...messages.record, artifact: upload.artifact });
    const answer = v.parse(negotiateResultSchema, { ...messages.found, record });
    expect(answer).toMatchObject({ record: { artifact: upload.artifact } });
  });

  test('answers may grow: what an older client does not know is left out', () => {
    const { found, whoami, commitResult, errorBody } = messages;
    expect(v.parse(negotiateResultSchema, { ...found, servedBy: 'x' })).toEqual(found);
    expect(v.parse(negotiateBatchResultSchema, { items: [], took: 1 })).toEqual({ items: [] });
    expect(v.parse(whoamiSchema, { ...whoami, motd: 'x' })).toEqual(whoami);
    expect(v.parse(commitResultSchema, { ...commitResult, id: 'x' })).toEqual(commitResult);
    expect(v.parse(reportResultSchema, { ...messages.reportResult, id: 'x' })).toEqual(messages.reportResult);
    expect(v.parse(historyResultSchema, { ...messages.historyResult, took: 1 })).toEqual(messages.historyResult);
    expect(v.parse(errorBodySchema, { error: { ...errorBody.error, trace: 'x' } })).toEqual(errorBody);
  });

  test('who does not say how many entries are wanted gets three', () => {
    const { items } = v.parse(historyRequestSchema, { items: [{ task: 'web#build' }] });
    expect(items).toEqual([{ task: 'web#build', limit: 3 }]);
  });

  test('a reader has no scope to write to, an error may have no hint', () => {
    expect(v.parse(whoamiSchema, { ...messages.whoami, role: 'reader', scope: null }).scope).toBeNull();
    const { hint: _, ...rest } = messages.errorBody.error;
    expect(v.is(errorBodySchema, { error: rest })).toBe(true);
  });
});
