import { createHash, createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { S3RequestPresigner } from '@aws-sdk/s3-request-presigner';
import fc from 'fast-check';
import { S3Driver } from '@velocity/storage/s3';
// The signer itself is no export of the package; only here it is compared with Amazon's, header by header.
import { presignUrl, SigningKeyCache } from '../src/s3/sigv4-presign.js';

const credentials = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};

type SourceData = string | ArrayBuffer | ArrayBufferView;

/** What the SDK's signer wants of a hash. */
class NodeSha256 {
  readonly #hash;
  constructor(secret?: SourceData) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret));
  }
  update(data: SourceData): void {
    this.#hash.update(bytesOf(data));
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }
  reset(): void {}
}

function bytesOf(data: SourceData): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data);
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}

describe('the presigner', () => {
  test("gives the signature of Amazon's published example", () => {
    // "Authenticating Requests: Using Query Parameters (AWS Signature Version 4)", Amazon S3 API Reference.
    const url = presignUrl({
      method: 'GET',
      origin: new URL('https://examplebucket.s3.amazonaws.com'),
      path: '/test.txt',
      region: 'us-east-1',
      credentials,
      nowMs: Date.UTC(2013, 4, 24),
      expiresSeconds: 86_400,
      keys: new SigningKeyCache(),
    });
    expect(url).toBe(
      'https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256' +
        '&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z' +
        '&X-Amz-Expires=86400&X-Amz-SignedHeaders=host' +
        '&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
    );
  });

  test('signs every header that binds a PUT as a header: frozen', async () => {
    await using driver = await S3Driver.open({
      bucket: 'artifacts',
      region: 'eu-central-1',
      endpoint: 'http://127.0.0.1:9000',
      pathStyle: true,
      credentials,
      now: () => Date.UTC(2026, 10, 20, 12, 30, 15, 678),
      random: () => 0,
    });
    const sha256 = createHash('sha256').update('hello').digest('hex');
    const request = await driver.sign({
      method: 'PUT',
      key: 'v1/a/t/cas/2c/x',
      lifetimeMs: 61_500,
      body: { size: 5, sha256 },
    });
    expect(request.headers).toEqual({
      'content-length': '5',
      'if-none-match': '*',
      'x-amz-checksum-sha256': 'LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=',
      'x-amz-content-sha256': sha256,
    });
    expect(request.url).toBe(
      'http://127.0.0.1:9000/artifacts/v1/a/t/cas/2c/x?X-Amz-Algorithm=AWS4-HMAC-SHA256' +
        '&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20261120%2Feu-central-1%2Fs3%2Faws4_request&X-Amz-Date=20261120T123015Z' +
        '&X-Amz-Expires=62&X-Amz-SignedHeaders=content-length%3Bhost%3Bif-none-match%3Bx-amz-checksum-sha256%3Bx-amz-content-sha256' +
        '&X-Amz-Signature=28b47d2443a174f6afc28b419782489e79988ba45b5d1d1d61a2f4c960e024b5',
    );
    expect(request.expiresAtMs).toBe(Date.UTC(2026, 10, 20, 12, 31, 17));
  });

  test("agrees with Amazon's SDK on any key, header, date and credentials", async () => {
    const value = fc.stringMatching(/^[!-~]+( [!-~]+)?$/);
    const input = fc.record({
      method: fc.constantFrom('GET', 'PUT', 'HEAD'),
      segments: fc.array(fc.string({ minLength: 1, maxLength: 8 }).filter(isPathSegment), {
        minLength: 1,
        maxLength: 4,
      }),
      origin: fc.constantFrom('https://b.s3.eu-west-1.amazonaws.com', 'http://127.0.0.1:7480', 'https://s3.test'),
      headers: fc.record(
        {
          'content-length': fc.nat().map(String),
          'if-none-match': fc.constant('*'),
          'x-amz-checksum-sha256': value,
          'x-amz-meta-note': value,
        },
        { requiredKeys: [] },
      ),
      nowMs: fc.integer({ min: Date.UTC(2015, 0), max: Date.UTC(2050, 0) }),
      expiresSeconds: fc.integer({ min: 1, max: 604_800 }),
      region: fc.constantFrom('us-east-1', 'eu-central-1'),
      sessionToken: fc.option(value, { nil: undefined }),
    });
    const keys = new SigningKeyCache();
    await fc.assert(
      fc.asyncProperty(input, async ({ segments, sessionToken, headers, origin, nowMs, ...rest }) => {
        const url = new URL(origin);
        const path = `/${segments.join('/')}`;
        const temporary = { ...credentials, ...(sessionToken === undefined ? {} : { sessionToken }) };
        const ours = presignUrl({
          ...rest,
          origin: url,
          path,
          headers,
          nowMs,
          credentials: temporary,
          keys,
          query: { 'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD' },
        });
        const sdk = new S3RequestPresigner({ region: rest.region, credentials: temporary, sha256: NodeSha256 });
        const signed = await sdk.presign(
          {
            method: rest.method,
            protocol: url.protocol,
            hostname: url.hostname,
            path: new URL(ours).pathname,
            headers: { ...headers, host: url.host },
            query: {},
            ...(url.port === '' ? {} : { port: Number(url.port) }),
          },
          {
            signingDate: new Date(nowMs),
            expiresIn: rest.expiresSeconds,
            unhoistableHeaders: new Set(Object.keys(headers)),
            signableHeaders: new Set(['host', ...Object.keys(headers)]),
          },
        );
        expect(Object.fromEntries(new URL(ours).searchParams)).toEqual(signed.query);
      }),
      { numRuns: 200 },
    );
  });

  test('derives the signing key again for another day, region or secret', () => {
    const keys = new SigningKeyCache();
    const derive = (...from: [secret: string, day: string, region: string]) => keys.get(...from).export();
    const first = derive('secret', '20261120', 'a');
    expect(keys.get('secret', '20261120', 'a')).toBe(keys.get('secret', '20261120', 'a'));
    expect(derive('secret', '20261121', 'a')).not.toEqual(first);
    expect(derive('secret', '20261120', 'b')).not.toEqual(first);
    expect(derive('other', '20261120', 'a')).not.toEqual(first);
    expect(derive('secret', '20261120', 'a')).toEqual(first);
  });
});

function isPathSegment(text: string): boolean {
  return text !== '.' && text !== '..' && !text.includes('/') && text.isWellFormed();
}
