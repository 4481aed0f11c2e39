import assert from 'node:assert/strict';
import type { SignedRequest } from '../driver.js';
import { sendSigned, type SignedAnswer } from '../send-signed.js';
import {
  assertAbsent,
  assertRejects,
  assertSameBytes,
  bytesOf,
  contentOf,
  put,
  sign,
  signPut,
  stepDeadline,
  type TargetContext,
  testWithTarget,
} from './context.js';
import type { ConformanceOptions, Verdict } from './profile.js';

const SIZE = 2000;
const RIGHT = bytesOf('right', SIZE);

/** Signed requests, really sent. */
export function signing(options: ConformanceOptions): void {
  const expected = options.profile.signedPut;
  if (expected === undefined) return;
  const test = (name: string, body: (target: TargetContext) => Promise<void>): void =>
    testWithTarget(options, `signed: ${name}`, body);
  const wrong = {
    other: bytesOf('wrong', SIZE),
    longer: bytesOf('long', SIZE + 1),
    shorter: RIGHT.subarray(0, SIZE - 1),
  };

  test('a PUT stores exactly the announced body, a GET fetches it, nothing else is needed', async ({ driver, key }) => {
    const request = await signPut(driver, key('blob'), RIGHT);
    assert.equal(request.headers['content-length'], String(SIZE));
    assertAccepted(await send(request, RIGHT), 'PUT');
    assertSameBytes(await contentOf(driver, key('blob')), RIGHT, 'what the PUT stored');
    const answer = await send(await signGet(driver, key('blob')));
    assertAccepted(answer, 'GET');
    assertSameBytes(answer.body, RIGHT, 'what the GET fetched');
    assert.equal((await send(await signGet(driver, key('absent')))).status, 404);
  });

  test('an empty body can be put', async ({ driver, key }) => {
    const empty = new Uint8Array();
    assertAccepted(await send(await signPut(driver, key('empty'), empty), empty), 'PUT');
    assert.equal((await driver.stat(key('empty')))?.size, 0);
  });

  test(`another body is ${expected.wrongBody}`, async (target) => {
    await assertPut(target, expected.wrongBody, (request) => send(request, wrong.other));
  });

  test(`a longer body is ${expected.longerBody}, a shorter one ${expected.shorterBody}`, async (target) => {
    const sized = (bytes: Uint8Array) => (request: SignedRequest) =>
      send(withHeaders(request, { 'content-length': String(bytes.byteLength) }), bytes);
    await assertPut(target, expected.longerBody, sized(wrong.longer), 'longer');
    await assertPut(target, expected.shorterBody, sized(wrong.shorter), 'shorter');
  });

  test(`a signed header that is missing is ${expected.droppedHeader}`, async (target) => {
    const { headers } = await signPut(target.driver, target.key('any'), RIGHT);
    for (const name of Object.keys(headers).filter((header) => header !== 'content-length')) {
      const without = (request: SignedRequest) => send(withoutHeader(request, name), RIGHT);
      await assertPut(target, expected.droppedHeader, without, `dropped/${name}`);
    }
  });

  test('another key, method or query, or a changed signature is refused', async (target) => {
    const { driver, key } = target;
    const mutations: Record<string, (request: SignedRequest) => SignedRequest> = {
      key: (request) => ({ ...request, url: request.url.replace('/mutated/key?', '/mutated/other?') }),
      query: (request) => ({ ...request, url: `${request.url}&x-extra=1` }),
      signature: (request) => ({ ...request, url: request.url.replace(/.$/, (last) => (last === '0' ? '1' : '0')) }),
    };
    for (const [name, mutate] of Object.entries(mutations)) {
      const request = mutate(await signPut(driver, key(`mutated/${name}`), RIGHT));
      assertRefused(await send(request, RIGHT), name);
      await assertAbsent(driver, key(`mutated/${name}`));
    }
    await assertAbsent(driver, key('mutated/other'));
    await put(driver, key('there'), RIGHT);
    const get = await signGet(driver, key('there'));
    assertRefused(await send({ ...get, url: get.url.replace('/there?', '/mutated/key?') }), 'GET of another key');
    assertRefused(await send({ ...get, method: 'PUT', headers: { 'content-length': '0' } }), 'PUT by a GET request');
  });

  test('an expired request is refused', async ({ driver, key, shiftClock }) => {
    await put(driver, key('there'), RIGHT);
    shiftClock(-3_600_000);
    const [late, get] = [await signPut(driver, key('late'), RIGHT), await signGet(driver, key('there'))];
    shiftClock(0);
    assert(Math.abs(late.expiresAtMs - (options.now() - 3_540_000)) < 60_000, `expires at ${late.expiresAtMs}`);
    assertRefused(await send(late, RIGHT), 'expired PUT');
    assertRefused(await send(get), 'expired GET');
    await assertAbsent(driver, key('late'));
  });

  test(`overwriting with a signed PUT is ${expected.overwrite}`, async ({ driver, key }) => {
    const [first, second] = [
      await signPut(driver, key('blob'), RIGHT),
      await signPut(driver, key('blob'), wrong.other),
    ];
    assertAccepted(await send(first, RIGHT), 'the first PUT');
    for (const [request, body] of [
      [first, RIGHT],
      [second, wrong.other],
    ] as const) {
      assertVerdict(await send(request, body), expected.overwrite, 'a PUT on an object that is there');
    }
    const stored = await contentOf(driver, key('blob'));
    assertSameBytes(stored, expected.overwrite === 'refused' ? RIGHT : wrong.other, 'what is stored in the end');
  });

  test('an upload that breaks off leaves nothing, and the key free', async ({ driver, key }) => {
    const request = await signPut(driver, key('broken'), RIGHT);
    const dying = sendSigned(request, { body: RIGHT, dieAfter: SIZE / 2, signal: stepDeadline() });
    await assert.rejects(dying);
    assertAccepted(await send(request, RIGHT), 'the second try');
    assertSameBytes(await contentOf(driver, key('broken')), RIGHT, 'what is stored');
  });

  test('a PUT without size and digest, or a GET with them, is not signed', async ({ driver, key }) => {
    const body = { size: 1, sha256: 'a'.repeat(64) };
    const [to, lifetimeMs] = [key('blob'), 1000];
    await assertRejects(sign(driver, { method: 'PUT', key: to, lifetimeMs }), 'VALUE_INVALID');
    await assertRejects(sign(driver, { method: 'GET', key: to, lifetimeMs, body }), 'VALUE_INVALID');
    await assertRejects(
      sign(driver, { method: 'PUT', key: to, lifetimeMs, body: { ...body, size: -1 } }),
      'VALUE_INVALID',
    );
    await assertRejects(sign(driver, { method: 'PUT', key: to, lifetimeMs: 0, body }), 'VALUE_INVALID');
  });
}

async function assertPut(
  { driver, key }: TargetContext,
  verdict: Verdict,
  attempt: (request: SignedRequest) => Promise<SignedAnswer>,
  name = 'blob',
): Promise<void> {
  const answer = await attempt(await signPut(driver, key(name), RIGHT));
  assertVerdict(answer, verdict, name);
  if (verdict === 'refused') await assertAbsent(driver, key(name));
}

function assertVerdict(answer: SignedAnswer, verdict: Verdict, what: string): void {
  if (verdict === 'accepted') assertAccepted(answer, what);
  else assertRefused(answer, what);
}

function assertAccepted({ status, body }: SignedAnswer, what: string): void {
  assert(
    status >= 200 && status < 300,
    `${what} was answered ${status}: ${Buffer.from(body).toString().slice(0, 300)}`,
  );
}

function assertRefused({ status }: SignedAnswer, what: string): void {
  assert(status >= 400 && status < 500, `${what} was answered ${status}, not refused`);
}

function send(request: SignedRequest, body?: Uint8Array): Promise<SignedAnswer> {
  return sendSigned(request, { ...(body === undefined ? {} : { body }), signal: stepDeadline() });
}

function signGet(driver: TargetContext['driver'], key: string): Promise<SignedRequest> {
  return sign(driver, { method: 'GET', key, lifetimeMs: 60_000 });
}

function withHeaders(request: SignedRequest, headers: Readonly<Record<string, string>>): SignedRequest {
  return { ...request, headers: { ...request.headers, ...headers } };
}

function withoutHeader(request: SignedRequest, name: string): SignedRequest {
  return {
    ...request,
    headers: Object.fromEntries(Object.entries(request.headers).filter(([header]) => header !== name)),
  };
}
