// @ts-check
/** @import { Remote, RemoteKind, RemotePlace } from '../lib/types.d.ts' */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Unusable } from '../measure/requirements.mjs';
import { startCephStore } from './ceph-store.mjs';
import { onLine, startServer } from './start-server.mjs';

const program = fileURLToPath(new URL('../../apps/gateway/dist/velocity-server.js', import.meta.url));
const TOKEN = 'bench-token-0123456789abcdef0123456789abcdef';

/**
 * VelocityCache's gateway, on the disk or on a Ceph RADOS gateway of its own.
 * @param {RemoteKind} kind
 * @param {RemotePlace} place
 * @returns {Promise<Remote>}
 */
export async function startGateway(kind, place) {
  if (!existsSync(program)) throw new Unusable(`${program} is missing: run \`npm run setup\` first`);
  const store = kind === 'rgw' ? await startCephStore(place) : undefined;
  const storage = store === undefined ? { VC_LOCAL_ROOT: join(place.folder, 'gateway') } : store.env;
  try {
    const env = { ...place.env, ...storage, VC_AUTH_TOKEN: TOKEN, VC_BIND: '127.0.0.1', VC_LOG_LEVEL: 'error' };
    const gateway = await startServer(['node', program, '--port', '0'], {
      env,
      ready: onLine(/https?:\/\/\S+/),
      signal: place.signal,
    });
    return {
      env: { VELOCITY_REMOTE_CACHE_URL: gateway.ready, VC_AUTH_TOKEN: TOKEN, VELOCITY_UPLOAD: 'wait' },
      processIds: [gateway.processId, ...(store?.processIds ?? [])],
      async stop() {
        await gateway.stop();
        await store?.stop();
      },
    };
  } catch (error) {
    await store?.stop();
    throw error;
  }
}
