/**
 * One frozen example of each message, as it goes over the wire. A test that fails because of a change here says: agents and gateways of
 * different versions no longer understand each other.
 */
const DIGEST_A = 'a'.repeat(64);
const DIGEST_B = '0123456789abcdef'.repeat(4);
const KEY = 'fedcba9876543210'.repeat(4);

export const artifact = {
  manifestDigest: DIGEST_B,
  blobs: [
    { digest: DIGEST_A, size: 1, unpackedSize: 0 },
    { digest: DIGEST_B, size: 67_108_864, unpackedSize: 9_007_199_254_740_991 },
  ],
  entryCount: 3,
  outputSize: 123_456,
  durationMs: 6100,
  task: 'web#build',
};

export const record = {
  version: 1,
  key: KEY,
  namespace: 'acme',
  tier: 'untrusted',
  scope: 'pr-812',
  artifact,
  createdAt: '2026-01-01T12:34:56.789Z',
  writer: 'ci',
};

export const errorBody = {
  error: { code: 'STORAGE_UNAVAILABLE', message: 'the storage did not answer', hint: 'wait', retryable: true },
};

export const downloadItem = { hash: KEY, action: 'download' };
export const uploadItem = { hash: KEY, action: 'upload', artifact };
export const batch = { items: [downloadItem, uploadItem] };

const target = {
  url: 'https://bucket.example.com/v1/acme/u/cas/aa/x?X-Amz-Signature=0',
  headers: { 'if-none-match': '*' },
};

export const found = {
  status: 'found',
  record,
  blobs: [
    { digest: DIGEST_A, ...target },
    { digest: DIGEST_B, url: 'http://127.0.0.1:8080/v1/proxy/blob/x', headers: {} },
  ],
};
export const missing = { status: 'missing' };
export const damaged = { status: 'missing', because: 'dangling' };
export const skipped = { status: 'skipped' };
export const uploadNeeded = {
  status: 'upload_needed',
  ticket: 'eyJ2IjoxfQ.bWFj',
  blobs: [
    { digest: DIGEST_A, have: true },
    { digest: DIGEST_B, ...target },
  ],
};
export const batchResult = { items: [found, missing, skipped, uploadNeeded, errorBody] };

export const commitRequest = { ticket: uploadNeeded.ticket };
export const commitResult = { status: 'stored' };

export const historyRequest = {
  items: [
    { task: 'web#build', limit: 1 },
    { task: 'api#test', limit: 10 },
  ],
};
const { blobs } = found;
export const historyResult = {
  items: [
    {
      task: 'web#build',
      entries: [
        { status: 'found', key: KEY, createdAt: record.createdAt, record, blobs },
        { status: 'evicted', key: DIGEST_A, createdAt: '2025-12-31T23:59:59.999Z' },
      ],
    },
    errorBody,
  ],
};

export const reportRequest = { key: KEY, blobs: [DIGEST_A, DIGEST_B] };
export const headReport = { key: KEY, head: DIGEST_A };
export const unknownReport = { status: 'unknown', blobs: 0 };
export const reportResult = { status: 'removed', blobs: 1 };

export const whoami = {
  name: 'ci',
  role: 'scoped-writer',
  namespace: 'acme',
  scope: 'pr-812',
  limits: { maxArtifactSize: 10_737_418_240, maxBlobSize: 1_073_741_824, maxBatchItems: 1000 },
  serverTime: '2026-01-01T12:34:56.789Z',
  version: '1.0.0',
  publicKeys: [],
};
