import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { UrlSigner } from '@velocity/storage';

const NOW = Date.UTC(2026, 10, 20);
const secret = Buffer.alloc(32, 1);
const signer = new UrlSigner({ baseUrl: 'http://127.0.0.1:8080/', secret });
const key = 'v1/acme/t/cas/aa/aabb';
const body = { size: 1234, sha256: 'a'.repeat(64) };

const put = signer.sign({ method: 'PUT', key, lifetimeMs: 60_000, body }, NOW);
const get = signer.sign({ method: 'GET', key, lifetimeMs: 60_000 }, NOW);
const queryOf = (url: string): URLSearchParams => new URL(url).searchParams;
const status = (method: string, forKey: string, query: string | URLSearchParams, nowMs = NOW): string =>
  signer.verify(method, forKey, new URLSearchParams(query), nowMs).status;

describe('URLs of the gateway', () => {
  test('say what they are good for, and the signature is frozen', () => {
    expect(put).toEqual({
      method: 'PUT',
      url:
        `http://127.0.0.1:8080/v1/proxy/blob/${key}?expires=1795132860000&size=1234&sha256=${body.sha256}` +
        '&signature=7c75638c64f96a7a937b386366b776a8300ad9ca2e5216d361d9dd80b5552f07',
      headers: { 'content-length': '1234' },
      expiresAtMs: NOW + 60_000,
    });
    expect(get.headers).toEqual({});
  });

  test('are accepted until they expire, with the body they were signed for', () => {
    expect(signer.verify('PUT', key, queryOf(put.url), NOW + 59_999)).toEqual({
      status: 'ok',
      expiresAtMs: NOW + 60_000,
      body,
    });
    expect(signer.verify('GET', key, queryOf(get.url), NOW)).toEqual({ status: 'ok', expiresAtMs: NOW + 60_000 });
    expect(status('PUT', key, queryOf(put.url), NOW + 60_000)).toBe('expired');
    expect(status('GET', key, queryOf(get.url), NOW + 60_000)).toBe('expired');
  });

  test('are good for one method and one key', () => {
    expect(status('GET', key, queryOf(put.url))).toBe('invalid');
    expect(status('PUT', key, queryOf(get.url))).toBe('invalid');
    expect(status('DELETE', key, queryOf(get.url))).toBe('invalid');
    expect(status('GET', `${key}b`, queryOf(get.url))).toBe('invalid');
    expect(status('GET', `v1/acme/t/../t/cas/aa/aabb`, queryOf(get.url))).toBe('invalid');
  });

  test('are invalid with a parameter too many, too few, twice, or written otherwise', () => {
    const query = queryOf(put.url).toString();
    const size = 'size=1234';
    for (const changed of [
      '',
      `${query}&x=1`,
      `${query}&size=1234`,
      query.replace(`${size}&`, ''),
      query.replace(size, 'size=01234'),
      query.replace(size, 'size=1234.0'),
      query.replace(size, 'size=1235'),
      query.replace(size, 'size=%2B1234'),
      query.replace('expires=1', 'expires=2'),
      query.replace('aaaa', 'aaab'),
      query.replace('aaaa', 'AAAA'),
      query.replace(/signature=.*/, 'signature='),
      query.replace(/signature=.*/, `signature=${'0'.repeat(64)}`),
    ]) {
      expect([changed, status('PUT', key, changed)]).toEqual([changed, 'invalid']);
    }
  });

  test('do not verify under another secret, and need one of 32 bytes', () => {
    const other = new UrlSigner({ baseUrl: 'http://127.0.0.1:8080', secret: Buffer.alloc(32, 2) });
    expect(other.verify('PUT', key, queryOf(put.url), NOW).status).toBe('invalid');
    expect(() => new UrlSigner({ baseUrl: 'http://x', secret: Buffer.alloc(31) })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
  });

  test('verify exactly when nothing was changed', () => {
    const change = fc.record({
      method: fc.constantFrom('GET', 'PUT'),
      key: fc.constantFrom(key, 'v1/acme/t/cas/aa/aabc', 'v1/acme/t/cas/aa'),
      size: fc.nat(3),
      sha256: fc.constantFrom('a', 'b').map((digit) => digit.repeat(64)),
      lifetimeMs: fc.integer({ min: 1, max: 3 }),
    });
    const request = ({
      method,
      key,
      size,
      sha256,
      lifetimeMs,
    }: typeof change extends fc.Arbitrary<infer T> ? T : never) =>
      method === 'PUT'
        ? ({ method: 'PUT', key, lifetimeMs, body: { size, sha256 } } as const)
        : ({ method: 'GET', key, lifetimeMs } as const);
    fc.assert(
      fc.property(change, change, (a, b) => {
        const [signedA, signedB] = [signer.sign(request(a), NOW), signer.sign(request(b), NOW)];
        const mixed = queryOf(signedB.url);
        mixed.set('signature', queryOf(signedA.url).get('signature') ?? '');
        const isSame = signedA.method === signedB.method && signedA.url === signedB.url;
        expect(signer.verify(signedB.method, request(b).key, mixed, NOW).status).toBe(isSame ? 'ok' : 'invalid');
      }),
    );
  });
});
