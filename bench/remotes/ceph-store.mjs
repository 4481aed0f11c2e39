// @ts-check
/** @import { RemotePlace } from '../lib/types.d.ts' */
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.mjs';
import { onLine, startServer } from './start-server.mjs';

const script = fileURLToPath(new URL('../../packages/testing/stores/ceph-rgw.sh', import.meta.url));
const COMMANDS = ['radosgw', 'radosgw-admin', 'ceph-mon', 'ceph-osd', 'ceph', 'bash', 'curl'];
const BUCKET = 'velocity-bench';
const ACCESS_KEY = 'VELOCITYBENCH';

/** What has to be installed for it, where it is not; said in one line. @returns {string | undefined} */
export function whyNoCeph() {
  const missing = COMMANDS.filter((command) => spawnSync('which', [command]).status !== 0);
  if (missing.length === 0) return undefined;
  const packages = 'radosgw ceph-mon ceph-osd ceph-common curl';
  return `${missing.join(', ')} not found (apt-get install -y --no-install-recommends ${packages})`;
}

/**
 * One monitor, one OSD in memory and one RADOS gateway, with an empty bucket: the store that the tests use, too.
 * @param {RemotePlace} place
 * @returns {Promise<{ env: Record<string, string>, processIds: readonly number[], stop: () => Promise<void> }>} `env` is the gateway's
 */
export async function startCephStore({ folder, env, signal }) {
  const secret = randomBytes(15).toString('hex');
  const ports = [await freePort(), await freePort()];
  const argv = ['bash', script, join(folder, 'ceph'), ...ports.map(String), ACCESS_KEY, secret];
  const store = await startServer(argv, { env: { ...env, LC_ALL: 'C' }, ready: onLine(/^ready$/), signal });
  const endpoint = `http://127.0.0.1:${ports[0]}`;
  try {
    createBucket(endpoint, secret);
  } catch (error) {
    await store.stop();
    throw error;
  }
  return {
    env: {
      VC_STORAGE_DRIVER: 's3',
      VC_S3_ENDPOINT: endpoint,
      VC_S3_REGION: 'us-east-1',
      VC_S3_BUCKET: BUCKET,
      AWS_ACCESS_KEY_ID: ACCESS_KEY,
      AWS_SECRET_ACCESS_KEY: secret,
    },
    processIds: [store.processId],
    stop: store.stop,
  };
}

/** @param {string} endpoint @param {string} secret */
function createBucket(endpoint, secret) {
  const argv = ['-sS', '-f', '-X', 'PUT', '--aws-sigv4', 'aws:amz:us-east-1:s3', '--user', `${ACCESS_KEY}:${secret}`];
  // Curl signs the header when it is there, and does not add it itself; S3 insists on it.
  const header = `x-amz-content-sha256: ${createHash('sha256').digest('hex')}`;
  const { status, stderr } = spawnSync('curl', [...argv, '-H', header, `${endpoint}/${BUCKET}`], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the bucket could not be created: ${stderr}`);
}
