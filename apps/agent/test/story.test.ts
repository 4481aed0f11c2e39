/**
 * The product's story on real components: two machines, a gateway process, a real S3 store (Ceph RGW; OpenStack Swift, which has no
 * conditional writes; the strict fake).
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  isStoreInstalled,
  listKeys,
  readTree,
  realStore,
  runProcess,
  startFakeS3,
  startProcess,
  tempDir,
  writeTree,
  type RealStore,
  type RunningProcess,
  type S3Target,
  type TempDir,
} from '@velocity/testing';

const apps = fileURLToPath(new URL('../..', import.meta.url));
const agent = join(apps, 'agent/dist/velocity.js');
const server = join(apps, 'gateway/dist/velocity-server.js');
const TOKEN = 'a-token-for-the-story-test';

/** Writes everything that an artifact can hold, and says so on both outputs. */
const BUILD = `
const fs = require('node:fs');
const name = require('./package.json').name;
fs.mkdirSync('dist/deep/er', { recursive: true });
fs.mkdirSync('dist/empty');
fs.writeFileSync('dist/code.js', fs.readFileSync('src/index.js', 'utf8').repeat(50));
fs.writeFileSync('dist/run', '#!/bin/sh\\n', { mode: 0o755 });
fs.writeFileSync('dist/nothing', '');
fs.writeFileSync('dist/deep/er/with space', 'x');
fs.writeFileSync('dist/deep/line\\nbreak', 'x');
fs.writeFileSync('dist/deep/größe-日本', 'x');
fs.symlinkSync('../code.js', 'dist/deep/link');
fs.symlinkSync('nowhere', 'dist/broken');
console.log('built ' + name);
console.error('warned ' + name);
`;

const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  base: [],
  left: ['base'],
  right: ['base'],
  top: ['left', 'right'],
  other: [],
};

interface Run {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Status by task, such as `base#build`. */
  readonly status: Readonly<Record<string, string>>;
}

interface Machine {
  readonly path: string;
  run(...args: string[]): Promise<Run>;
}

describe.each([
  ['Ceph RGW', 'ceph'],
  ['OpenStack Swift', 'swift'],
  ['the strict fake S3', 'fake'],
] as const)('the story on %s', (_name, kind) => {
  const isMissing = kind !== 'fake' && !isStoreInstalled(kind);
  const check = isMissing && process.env['VC_REQUIRE_REAL'] !== '1' ? test.skip : test;
  let store: S3Target & AsyncDisposable;
  let gateway: Gateway;
  let folder: TempDir;
  let a: Machine;
  let b: Machine;

  beforeAll(async () => {
    if (isMissing) {
      await realStore(kind);
      return;
    }
    folder = tempDir('velocity-story-');
    store = kind === 'fake' ? await startFakeS3() : ((await realStore(kind)) as RealStore);
    gateway = await startGateway(store, folder);
    a = makeMachine(folder, 'a/work', gateway.url);
    b = makeMachine(folder, 'b/some/where else', gateway.url);
  }, 60_000);

  afterAll(async () => {
    await gateway?.process[Symbol.asyncDispose]();
    await store?.[Symbol.asyncDispose]();
    folder?.[Symbol.dispose]();
  }, 60_000);

  check('machine A runs everything and shares it', async () => {
    const run = await a.run('build', 'test');
    expect(run).toMatchObject({ exitCode: 0 });
    expect(new Set(Object.values(run.status))).toEqual(new Set(['ran']));
    expect(Object.keys(run.status)).toHaveLength(10);
    const keys = await listKeys(store);
    expect(keys.filter((key) => key.startsWith('v1/default/t/ac/'))).toHaveLength(10);
    const layout =
      /^v1\/default\/t\/(?:(?:ac|cas)\/[0-9a-f]{2}\/[0-9a-f]{64}|hist\/[0-9a-f]{2}\/[0-9a-f]{64}\/[0-9a-f]{12}-[0-9a-f]{64})$/;
    expect(keys.filter((key) => !layout.test(key))).toEqual([]);
  });

  check('machine B, another user at another path, executes nothing and gets the same trees and logs', async () => {
    const run = await b.run('build', 'test');
    expect(run).toMatchObject({ exitCode: 0 });
    expect(new Set(Object.values(run.status))).toEqual(new Set(['restored remote']));
    expect(run.stdout).toContain('FULL CACHE');
    expect(run.stdout).toContain('built left');
    expect(run.stderr).toContain('warned left');
    for (const name of Object.keys(PACKAGES)) {
      const tree = readTree(join(b.path, name, 'dist'));
      expect(tree).toEqual(readTree(join(a.path, name, 'dist')));
      expect(tree).toMatchObject({
        empty: 'dir',
        broken: 'link nowhere',
        'deep/link': 'link ../code.js',
        run: 'executable #!/bin/sh\n',
        nothing: 'file ',
      });
      expect(Object.keys(tree)).toEqual(
        expect.arrayContaining(['deep/line\nbreak', 'deep/er/with space', 'deep/größe-日本']),
      );
    }
    expect(existsSync(join(b.path, 'executed'))).toBe(false);
  });

  check('no byte of an artifact went through the gateway', async () => {
    const metrics = await (
      await fetch(`${gateway.url}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } })
    ).text();
    const values = [...metrics.matchAll(/^vc_proxy_bytes_total(?:\{[^}]*\})? (\d+)$/gm)].map(([, value]) =>
      Number(value),
    );
    expect(values.every((value) => value === 0)).toBe(true);
    const readBack = Number(/^vc_readback_bytes_total(?:\{[^}]*\})? (\d+)$/m.exec(metrics)?.[1] ?? 0);
    // Swift can neither bind an upload to a digest nor vouch for one: there the gateway reads back what it is to vouch for.
    if (kind === 'swift') expect(readBack).toBeGreaterThan(0);
    else expect(readBack).toBe(0);
  });

  check('after a change exactly the tasks that depend on it run', async () => {
    writeFileSync(join(b.path, 'left/src/index.js'), 'exports.changed = true;\n');
    const run = await b.run('build', 'test');
    const ran = Object.entries(run.status)
      .filter(([, status]) => status === 'ran')
      .map(([task]) => task);
    expect(ran.sort()).toEqual(['left#build', 'left#test', 'top#build', 'top#test']);
    expect(run.stdout).toMatch(/left:build\s+MISS\s+[0-9a-f]{8}\s+src\/index\.js changed/);
  });

  if (kind !== 'ceph') return;

  check('a store that is killed fails no build, and what was built meanwhile is in the local store', async () => {
    const ceph = store as RealStore;
    await ceph.kill();
    writeFileSync(join(a.path, 'other/src/index.js'), 'exports.meanwhile = true;\n');
    const during = await a.run('build', '-F', 'other');
    expect(during.exitCode).toBe(0);
    expect(during.status).toEqual({ 'other#build': 'ran' });
    expect(during.stdout.match(/^warning .*$/gm)).toHaveLength(1);
    const again = await a.run('build', '-F', 'other', '--no-remote-cache');
    expect(again.status).toEqual({ 'other#build': 'fresh' });

    await ceph.restart();
    rmSync(join(a.path, '.velocity'), { recursive: true });
    const after = await a.run('build', '-F', 'other', '--force');
    expect(after).toMatchObject({ exitCode: 0, status: { 'other#build': 'ran' } });
    writeFileSync(join(b.path, 'other/src/index.js'), 'exports.meanwhile = true;\n');
    expect((await b.run('build', '-F', 'other')).status).toEqual({ 'other#build': 'restored remote' });
  });

  check(
    'a store that hangs costs one wait and fails no build',
    async () => {
      const ceph = store as RealStore;
      await ceph.pause();
      try {
        writeFileSync(join(a.path, 'other/src/index.js'), 'exports.hanging = true;\n');
        const run = await a.run('build', '-F', 'other');
        expect(run).toMatchObject({ exitCode: 0, status: { 'other#build': 'ran' } });
        expect(run.stdout.match(/^warning remote off for this run/gm)).toHaveLength(1);
      } finally {
        await ceph.resume();
      }
      expect((await b.run('build', '-F', 'other')).exitCode).toBe(0);
    },
    90_000,
  );
});

interface Gateway {
  readonly url: string;
  readonly process: RunningProcess;
}

async function startGateway(store: S3Target, folder: TempDir): Promise<Gateway> {
  const gateway = await startProcess(process.execPath, [server, '--port', '0'], {
    cwd: folder.path,
    env: {
      VC_AUTH_TOKEN: TOKEN,
      VC_STORAGE_DRIVER: 's3',
      VC_S3_BUCKET: store.bucket,
      VC_S3_REGION: store.region,
      VC_S3_ENDPOINT: store.endpoint,
      AWS_ACCESS_KEY_ID: store.accessKeyId,
      AWS_SECRET_ACCESS_KEY: store.secretAccessKey,
    },
  });
  const [url] = await gateway.waitForLine(/http:\/\/[\w.:-]+/);
  return { url, process: gateway };
}

function makeMachine(folder: TempDir, name: string, url: string): Machine {
  const path = folder.join('machines', name);
  const home = folder.join('homes', name.slice(0, 1));
  mkdirSync(home, { recursive: true });
  writeTree(path, {
    'package.json': JSON.stringify({ private: true, workspaces: Object.keys(PACKAGES) }),
    'velocity.yml': [
      'version: 1',
      'remote:',
      `  url: "${url}"`,
      '  token: "${VC_AUTH_TOKEN}"',
      'pipeline:',
      '  build:',
      '    inputs: ["src/**", "package.json", "build.cjs"]',
      '    outputs: ["dist/**"]',
      '    depends_on: ["^build"]',
      '  test:',
      '    command: "node -e \\"require(\'./dist/code.js\')\\""',
      '    inputs: ["package.json"]',
      '    depends_on: ["build"]',
    ].join('\n'),
    ...Object.fromEntries(
      Object.entries(PACKAGES).flatMap(([pack, dependencies]) => [
        [`${pack}/package.json`, packageJson(pack, dependencies)],
        [`${pack}/build.cjs`, BUILD],
        [`${pack}/src/index.js`, `exports.name = '${pack}';\n`],
      ]),
    ),
  });
  return {
    path,
    async run(...args) {
      const result = await runProcess(process.execPath, [agent, 'run', ...args, '--summarize', '--upload=wait'], {
        cwd: path,
        env: { HOME: home, VC_AUTH_TOKEN: TOKEN },
      });
      return { ...result, status: readStatus(/^\/.*\.json$/m.exec(result.stderr)?.[0]) };
    },
  };
}

function packageJson(name: string, dependencies: readonly string[]): string {
  return JSON.stringify({
    name,
    version: '1.0.0',
    scripts: { build: 'node build.cjs' },
    dependencies: Object.fromEntries(dependencies.map((dependency) => [dependency, '*'])),
  });
}

function readStatus(file: string | undefined): Record<string, string> {
  if (file === undefined) return {};
  const { tasks } = JSON.parse(readFileSync(file, 'utf8')) as {
    tasks: { taskId: string; outcome: { status: string; tier?: string } }[];
  };
  return Object.fromEntries(
    tasks.map(({ taskId, outcome }) => [taskId, [outcome.status, outcome.tier].filter(Boolean).join(' ')]),
  );
}
