/** Runs the repository's own tools; imports nothing that has to be installed first. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../../..', import.meta.url));
const quietEnv = { TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1', DO_NOT_TRACK: '1' };

/** Runs a program with inherited output; resolves to its exit code, 1 when a signal ended it. */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      shell: process.platform === 'win32',
      ...options,
      env: { ...process.env, ...quietEnv, ...options.env },
    });
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

/** The pnpm that package.json pins, installed on first use below the repository. */
export async function pnpm(args, options) {
  const [name, version] = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).packageManager.split('@');
  const prefix = join(root, '.tools', `${name}-${version}`);
  const bin = join(prefix, 'node_modules', '.bin', process.platform === 'win32' ? 'pnpm.cmd' : 'pnpm');
  if (!existsSync(bin)) {
    const flags = ['--prefix', prefix, '--no-audit', '--no-fund', '--loglevel=error'];
    const code = await run('npm', ['install', ...flags, `${name}@${version}`]);
    if (code !== 0) return code;
  }
  // turbo and pnpm's own scripts look for pnpm on PATH.
  const PATH = [dirname(bin), process.env.PATH].join(delimiter);
  return run(bin, args, { ...options, env: { PATH, ...options?.env } });
}

/** Runs one named step, says how long it took, and ends the process with its exit code when it failed. */
export async function step(name, body) {
  const started = Date.now();
  console.log(`\n== ${name}`);
  const code = await body();
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(`== ${name}: ${code === 0 ? 'ok' : `failed with ${code}`} (${seconds} s)`);
  if (code !== 0) process.exit(code);
}
