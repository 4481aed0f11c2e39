/** What a user gets: the packed tarballs, installed with npm into a project that knows nothing of this repository. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runProcess, startProcess, tempDir, writeTree, type ProcessResult, type TempDir } from '@velocity/testing';

const root = fileURLToPath(new URL('../../..', import.meta.url));

describe('the packed packages', () => {
  let folder: TempDir;
  let project: string;
  const home = (): Record<string, string> => ({ HOME: folder.join('home') });
  const npx = (...args: string[]): Promise<ProcessResult> =>
    runProcess('npx', ['--no-install', ...args], { cwd: project, env: home(), timeoutMs: 60_000 });

  beforeAll(async () => {
    folder = tempDir('velocity-packed-');
    project = folder.join('project');
    mkdirSync(folder.join('tarballs'));
    mkdirSync(folder.join('home'));
    const packed = await runProcess(process.execPath, ['packages/tooling/bin/pack.mjs', folder.join('tarballs')], {
      cwd: root,
      timeoutMs: 120_000,
    });
    expect(packed).toMatchObject({ exitCode: 0 });
    const tarballs = readdirSync(folder.join('tarballs')).map((name) => folder.join('tarballs', name));
    expect(tarballs).toHaveLength(9);
    writeTree(project, {
      'package.json': JSON.stringify({
        name: 'stranger',
        version: '1.0.0',
        type: 'module',
        scripts: {
          build:
            "node -e \"require('fs').mkdirSync('dist',{recursive:true});require('fs').writeFileSync('dist/out','built')\"",
        },
      }),
      '.gitignore': 'node_modules\ndist\n',
    });
    const registry = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => /^npm_config_|^NODE_EXTRA_CA_CERTS$/i.test(name)),
    );
    const installed = await runProcess('npm', ['install', '--no-audit', '--no-fund', ...tarballs], {
      cwd: project,
      env: { ...(registry as Record<string, string>), HOME: process.env['HOME'] ?? folder.join('home') },
      timeoutMs: 180_000,
    });
    expect(installed).toMatchObject({ exitCode: 0 });
  }, 300_000);

  afterAll(() => folder[Symbol.dispose]());

  test('npx velocity --version says the version of its manifest', async () => {
    const manifest = JSON.parse(readFileSync(join(project, 'node_modules/velocity-cache/package.json'), 'utf8')) as {
      version: string;
    };
    expect((await npx('velocity', '--version')).stdout.trim()).toBe(manifest.version);
    expect((await npx('velocity-cli', '--version')).stdout.trim()).toBe(manifest.version);
  });

  test('npx velocity init writes a configuration with which npx velocity run build builds once', async () => {
    const init = await npx('velocity', 'init');
    expect(init).toMatchObject({ exitCode: 0 });
    expect(init.stdout).toContain('velocity.yml');
    const first = await npx('velocity', 'run', 'build', '--no-remote-cache');
    expect(first).toMatchObject({ exitCode: 0, stderr: '' });
    expect(first.stdout).toContain('MISS');
    expect(readFileSync(join(project, 'dist/out'), 'utf8')).toBe('built');
    expect((await npx('velocity', 'run', 'build', '--no-remote-cache')).stdout).toContain('FULL CACHE');
  });

  test('npx velocity-server serves with no configuration at all', async () => {
    await using server = await startProcess('npx', ['--no-install', 'velocity-server', '--port', '0'], {
      cwd: project,
      env: home(),
    });
    const [url] = await server.waitForLine(/http:\/\/[\w.:-]+/);
    expect(await (await fetch(`${url}/health`)).json()).toEqual({ status: 'up' });
  });

  test('a script of ten lines computes a cache key with @velocity/core', async () => {
    writeFileSync(
      join(project, 'key.mjs'),
      `import { cacheKeyOf, digestOf } from '@velocity/core';
const fingerprint = {
  format: 1, project: '', package: 'web', directory: 'apps/web', task: 'build', args: [], platform: 'any',
  command: { kind: 'shell', text: 'make' },
  toolchains: {}, global: { inputs: [], env: {}, dotenv: {} }, env: {}, dotenv: {}, lockfile: {}, dependencies: {}, outputs: ['dist/**'],
  inputs: [{ path: 'src/main.c', type: 'file', digest: digestOf('int main() {}') }],
};
console.log(cacheKeyOf(fingerprint));
`,
    );
    const result = await runProcess(process.execPath, ['key.mjs'], { cwd: project });
    expect(result.stdout).toMatch(/^[0-9a-f]{64}\n$/);
  });

  test.each([
    'core',
    'graph',
    'artifact',
    'protocol',
    'storage',
    'storage/s3',
    'storage/conformance',
    'workspace',
    'client',
  ])('@velocity/%s can be imported alone', async (name) => {
    const script = `const all = await import('@velocity/${name}'); if (Object.keys(all).length === 0) process.exitCode = 1;`;
    expect(await runProcess(process.execPath, ['--input-type=module', '-e', script], { cwd: project })).toMatchObject({
      exitCode: 0,
    });
  });
});
