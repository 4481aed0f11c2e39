// @ts-check
/** @import { Bench, Target } from './types.d.ts' */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../remotes/free-port.mjs';
import { onAnswer, startServer } from '../remotes/start-server.mjs';
import { startTurborepoRemoteCache } from '../remotes/turborepo-remote-cache.mjs';
import { installPinned } from '../tools/install.mjs';

/** @param {Bench} bench @returns {Promise<Target & { stop: () => Promise<void> }>} */
export async function startTurboPeer({ place }) {
  installPinned('turborepo-remote-cache');
  const remote = await startTurborepoRemoteCache(place);
  const port = Number(new URL(remote.env['TURBO_API'] ?? '').port);
  const [processId = 0] = remote.processIds;
  return {
    name: 'turborepo-remote-cache',
    port,
    token: remote.env['TURBO_TOKEN'] ?? '',
    processId,
    stop: () => remote.stop(),
  };
}

/** What has to be installed for it, where it is not; said in one line. @returns {string | undefined} */
export function whyNoNginx() {
  const isThere = spawnSync('which', ['nginx']).status === 0;
  return isThere ? undefined : 'nginx not found (apt-get install -y --no-install-recommends nginx-light)';
}

/** One worker with sendfile, which serves a folder. @param {Bench} bench @param {string} root @returns {Promise<Target & { stop: () => Promise<void> }>} */
export async function startNginx({ place }, root) {
  const port = await freePort();
  const folder = join(place.folder, 'nginx');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(root, 'ready'), 'ready');
  writeFileSync(join(folder, 'nginx.conf'), configuration({ folder, root, port }));
  const argv = ['nginx', '-e', join(folder, 'error.log'), '-p', folder, '-c', join(folder, 'nginx.conf')];
  const ready = onAnswer(`http://127.0.0.1:${port}/ready`, {});
  const { processId, stop } = await startServer(argv, { env: place.env, ready, signal: place.signal });
  return { name: 'nginx', port, token: '', processId, stop };
}

/** @param {{ folder: string, root: string, port: number }} options */
function configuration({ folder, root, port }) {
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  // The master serves itself: one process, like the gateway.
  return `master_process off;
daemon off;
pid ${folder}/pid;
error_log ${folder}/error.log;
events { worker_connections 512; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000;
  ${paths.join('\n  ')}
  server { listen 127.0.0.1:${port}; root ${root}; }
}
`;
}
