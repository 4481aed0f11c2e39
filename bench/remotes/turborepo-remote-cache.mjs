// @ts-check
/** @import { Remote, RemotePlace } from '../lib/types.d.ts' */
import { join } from 'node:path';
import { toolFolder } from '../tools/install.mjs';
import { freePort } from './free-port.mjs';
import { onAnswer, startServer } from './start-server.mjs';

const program = join(toolFolder('turborepo-remote-cache'), 'node_modules/.bin/turborepo-remote-cache');
const TOKEN = 'bench';

/** The npm package that serves turbo's protocol from the disk. @param {RemotePlace} place @returns {Promise<Remote>} */
export async function startTurborepoRemoteCache({ folder, env, signal }) {
  const url = `http://127.0.0.1:${await freePort()}`;
  const server = await startServer([program], {
    env: {
      ...env,
      NODE_ENV: 'production',
      PORT: new URL(url).port,
      TURBO_TOKEN: TOKEN,
      STORAGE_PROVIDER: 'local',
      STORAGE_PATH: join(folder, 'turborepo-remote-cache'),
      STORAGE_PATH_USE_TMP_FOLDER: 'false',
      LOG_LEVEL: 'error',
      BODY_LIMIT: String(2 ** 30),
    },
    ready: onAnswer(`${url}/v8/artifacts/status`, { authorization: `Bearer ${TOKEN}` }),
    signal,
  });
  return {
    env: { TURBO_API: url, TURBO_TOKEN: TOKEN, TURBO_TEAM: 'team_bench' },
    processIds: [server.processId],
    stop: server.stop,
  };
}
