import { afterAll, beforeAll } from '@jest/globals';
import { createRig, monorepo, recorded, type Call, type Rig, type RigOptions } from '../rig.js';
import { copyOfBundle, type Bundle } from './bundle.js';
import { startGateway, type Gateway } from './gateway.js';

export const TOKEN = 'the-token-of-trusted-writers';
export const READ_TOKEN = 'the-token-of-readers';

/** Leaves something of everything that an artifact can hold. */
export const BUILD_ALL = recorded(
  'mkdir -p dist/empty && cat src/* > dist/out.txt && cp dist/out.txt dist/run && chmod +x dist/run && ln -s nowhere dist/broken && echo "built $VELOCITY_TASK"',
);

/** A gateway for the tests of one file; `start` makes others, whose stores may be spoilt. */
export function useGateway(): { readonly shared: Gateway; start(): Promise<Gateway> } {
  let bundle: Bundle;
  let shared: Gateway;
  const start = (): Promise<Gateway> => startGateway(bundle, { VC_AUTH_TOKEN: TOKEN, VC_READ_TOKEN: READ_TOKEN });
  beforeAll(async () => {
    bundle = await copyOfBundle('gateway');
    shared = await start();
  }, 60_000);
  afterAll(async () => {
    await shared[Symbol.asyncDispose]();
    bundle[Symbol.dispose]();
  });
  return {
    get shared() {
      return shared;
    },
    start,
  };
}

/** A machine that uses the gateway at `url`; `project` keeps the tests' keys apart. */
export function machineAt(url: string, project: string, { env, ...options }: RigOptions = {}): Rig {
  const tree = monorepo({
    project_id: project,
    remote: { url: '${GATEWAY}', token: '${VC_AUTH_TOKEN}', timeout: '500ms', upload: 'wait' },
    pipeline: { build: { command: BUILD_ALL, outputs: ['dist'], depends_on: ['^build'] } },
  });
  return createRig(tree, { ...options, env: { GATEWAY: url, VC_AUTH_TOKEN: TOKEN, ...env } });
}

export function warnings({ stdout }: Pick<Call, 'stdout'>): string[] {
  return stdout.match(/^warning .*$/gm) ?? [];
}
