import { expect, test } from '@jest/globals';
import { VelocityError } from '@velocity/core';
import { createLogger, errorFields } from '../src/logger.js';
import type { LogFields } from '../src/logger.js';
import {
  artifactOf,
  commitTicket,
  createRig,
  fetchArtifact,
  keyOf,
  negotiate,
  post,
  store,
  ticketOf,
  TOKENS,
} from './support/rig.js';

function logged(fields: LogFields, msg = 'm'): string {
  const lines: string[] = [];
  createLogger({ level: 'info', write: (line) => lines.push(line), now: () => 0, secrets: ['s3cr3t-token'] }).info(
    msg,
    fields,
  );
  return lines.join('');
}

test('writes one JSON object a line, with time, level and message', () => {
  expect(logged({ a: 'one\ntwo' })).toBe(
    '{"time":"1970-01-01T00:00:00.000Z","level":"info","msg":"m","a":"one\\ntwo"}\n',
  );
});

test('writes nothing below its level', () => {
  const lines: string[] = [];
  const logger = createLogger({ level: 'warn', write: (line) => lines.push(line), now: () => 0 });
  logger.debug('a');
  logger.info('b');
  logger.warn('c');
  logger.error('d');
  expect(lines).toHaveLength(2);
});

test.each<[string, LogFields]>([
  ['a token by its value', { error: 'refused s3cr3t-token at once' }],
  ['a field that is called so', { nested: { authorization: 's3cr3t' }, token: 's3cr3t' }],
  ['a bearer header in a text', { text: 'authorization: Bearer s3cr3t' }],
  ['the query of a signed URL', { url: 'GET http://h/v1/proxy/blob/k?expires=1&signature=s3cr3t failed' }],
  ['the query of a path', { url: '/v1/proxy/blob/k?x=s3cr3t' }],
  ['the signature of S3', { text: 'X-Amz-Signature=s3cr3t&x=1' }],
])('never shows %s', (_what, fields) => {
  expect(logged(fields)).not.toContain('s3cr3t');
});

test('an error of ours is told with its causes and without a stack, a bug with its stack', () => {
  const cause = new Error('connect ECONNREFUSED');
  expect(errorFields(new VelocityError('STORAGE_UNAVAILABLE', 'cannot look up x', { cause }))).toEqual({
    error: 'cannot look up x',
    code: 'STORAGE_UNAVAILABLE',
    causes: ['connect ECONNREFUSED'],
  });
  expect(errorFields(new TypeError('x'))).toHaveProperty('stack');
});

test('a whole story leaves no token, ticket or signature in the log', async () => {
  const rig = await createRig();
  const artifact = artifactOf(['y']);
  const ticket = ticketOf(await negotiate(rig, TOKENS.trusted, { hash: keyOf('b'), action: 'upload', artifact }));
  await store(rig, TOKENS.trusted, 'a', ['x']);
  await store(rig, TOKENS.pr, 'c', ['x']);
  await fetchArtifact(rig, TOKENS.reader, 'a');
  await commitTicket(rig, TOKENS.trusted, ticket);
  await commitTicket(rig, TOKENS.trusted, `${ticket}x`);
  await post(rig, '/v1/negotiate', 'a-wrong-token', {});
  rig.driver.fail('stat', 'bug');
  rig.driver.fail('read', 'bug');
  await commitTicket(rig, TOKENS.trusted, ticket);
  const text = JSON.stringify(rig.log);
  expect(rig.log.length).toBeGreaterThan(10);
  for (const secret of [...Object.values(TOKENS), 'a-wrong-token', ticket.slice(0, 40), 'signature=', 'expires=']) {
    expect(text).not.toContain(secret);
  }
});

test('a secret that JSON writes otherwise is found all the same', () => {
  const secret = 'quo"te\\and\ttab';
  const lines: string[] = [];
  createLogger({ level: 'info', write: (line) => lines.push(line), now: () => 0, secrets: [secret] }).info('m', {
    path: `/x/${secret}/y`,
  });
  expect(JSON.parse(lines.join(''))).toMatchObject({ path: '/x/[redacted]/y' });
});
