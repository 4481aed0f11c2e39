// @ts-check
/** @import { Bench, StoreKind, Target } from './types.d.ts' */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Unusable } from '../measure/requirements.mjs';
import { startCephStore } from '../remotes/ceph-store.mjs';
import { onLine, startServer } from '../remotes/start-server.mjs';

const TOKEN = 'bench-token-0123456789abcdef0123456789abcdef';

/**
 * The gateway's bundle on a store of its own, with a trusted writer's token. As turborepo-remote-cache beside it, it logs errors only.
 * @param {Bench} bench
 * @param {StoreKind} store
 * @param {{ logLevel?: string }} [options]
 * @returns {Promise<Target & { folder: string, stop: () => Promise<void> }>} `folder` is the store's, where it is a folder
 */
export async function startOurs({ place, program }, store, { logLevel = 'error' } = {}) {
  if (!existsSync(program)) throw new Unusable(`${program} is missing: run \`npm run setup\` first`);
  const ceph = store === 'rgw' ? await startCephStore(place) : undefined;
  const folder = join(place.folder, 'store');
  try {
    const storage = ceph === undefined ? { VC_LOCAL_ROOT: folder } : ceph.env;
    const env = { ...place.env, ...storage, VC_AUTH_TOKEN: TOKEN, VC_BIND: '127.0.0.1', VC_LOG_LEVEL: logLevel };
    const server = await startServer([process.execPath, program, '--port', '0'], {
      env,
      ready: onLine(/https?:\/\/\S+/),
      signal: place.signal,
    });
    return {
      name: 'velocity-gateway',
      port: Number(new URL(server.ready).port),
      token: TOKEN,
      processId: server.processId,
      folder,
      async stop() {
        await server.stop();
        await ceph?.stop();
      },
    };
  } catch (error) {
    await ceph?.stop();
    throw error;
  }
}
