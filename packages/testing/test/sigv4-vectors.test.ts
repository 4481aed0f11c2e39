import { describe, expect, test } from '@jest/globals';
import { presignRequest, signCanonical, type CanonicalParts } from '@velocity/testing';

/**
 * The examples of the S3 API reference: "Signature Calculations for the Authorization Header: Transferring Payload in a Single Chunk" and
 * "Authenticating Requests: Using Query Parameters". Bucket `examplebucket`, in virtual-host style.
 */
const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const signing = { secretAccessKey, scope: { day: '20130524', region: 'us-east-1' }, amzDate: '20130524T000000Z' };

function parts(
  over: Partial<CanonicalParts> & { headers?: ReadonlyMap<string, string> },
  extra: Record<string, string> = {},
): CanonicalParts {
  const payloadHash = over.payloadHash ?? EMPTY_SHA256;
  const headers = new Map(
    Object.entries({
      host: 'examplebucket.s3.amazonaws.com',
      'x-amz-content-sha256': payloadHash,
      'x-amz-date': '20130524T000000Z',
      ...extra,
    }),
  );
  const signedHeaders = [...headers.keys()].sort();
  return { method: 'GET', path: '/', query: [], headers, signedHeaders, payloadHash, ...over };
}

describe('the signatures of the S3 API reference', () => {
  test('GET of a range', () => {
    expect(signCanonical(parts({ path: '/test.txt' }, { range: 'bytes=0-9' }), signing)).toBe(
      'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    );
  });

  test('PUT of a name with a dollar sign', () => {
    const request = parts(
      {
        method: 'PUT',
        path: '/test$file.text',
        payloadHash: '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
      },
      { date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' },
    );
    expect(signCanonical(request, signing)).toBe('98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd');
  });

  test('a parameter without a value', () => {
    expect(signCanonical(parts({ query: [['lifecycle', '']] }), signing)).toBe(
      'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
    );
  });

  test('parameters out of order', () => {
    const query = [
      ['prefix', 'J'],
      ['max-keys', '2'],
    ] as const;
    expect(signCanonical(parts({ query }), signing)).toBe(
      '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    );
  });

  test('a URL with its signature in the query', () => {
    const query = [
      ['X-Amz-Algorithm', 'AWS4-HMAC-SHA256'],
      ['X-Amz-Credential', 'AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request'],
      ['X-Amz-Date', '20130524T000000Z'],
      ['X-Amz-Expires', '86400'],
      ['X-Amz-SignedHeaders', 'host'],
    ] as const;
    const headers = new Map([['host', 'examplebucket.s3.amazonaws.com']]);
    const request = { method: 'GET', path: '/test.txt', query, headers, signedHeaders: ['host'] };
    expect(signCanonical({ ...request, payloadHash: 'UNSIGNED-PAYLOAD' }, signing)).toBe(
      'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
    );
  });

  test('what presignRequest makes does not change', () => {
    const target = {
      endpoint: 'http://127.0.0.1:9000',
      region: 'us-east-1',
      accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
      secretAccessKey,
      bucket: 'examplebucket',
    };
    const request = { method: 'GET', key: 'a b/c', nowMs: Date.UTC(2013, 4, 24), lifetimeSeconds: 60 };
    expect(presignRequest(target, request)).toEqual({
      method: 'GET',
      headers: {},
      url:
        'http://127.0.0.1:9000/examplebucket/a%20b/c?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=' +
        'AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=60' +
        '&X-Amz-Signature=e343dcd803a9ad923b41556e1832c65f59fd916958531ac4e9d045926d186ebb&X-Amz-SignedHeaders=host',
    });
  });
});
