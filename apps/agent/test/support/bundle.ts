import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, rmdirSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { tempDir, type TempDir } from '@velocity/testing';

const repository = fileURLToPath(new URL('../../../..', import.meta.url));
const LOCK_PATIENCE_MS = 60_000;

/** A copy of an app's bundle: whoever builds again while the tests run does not pull it from under them. */
export interface Bundle extends Disposable {
  readonly program: string;
}

/** Builds `dist/` of an app unless it is newer than every source that goes into it, and copies it. */
export async function copyOfBundle(app: 'agent' | 'gateway'): Promise<Bundle> {
  const folder = join(repository, 'apps', app);
  const name = app === 'agent' ? 'velocity.js' : 'velocity-server.js';
  const dir = tempDir(`velocity-${app}-bundle-`);
  await locked(join(tmpdir(), `${basename(repository)}-${app}-bundle.lock`), () => {
    buildWhenStale(folder, name);
    cpSync(join(folder, 'dist'), dir.path, { recursive: true });
  });
  symlinkSync(join(folder, 'node_modules'), dir.join('node_modules'));
  return bundleIn(dir, name);
}

function bundleIn(dir: TempDir, name: string): Bundle {
  return { program: dir.join(name), [Symbol.dispose]: () => dir[Symbol.dispose]() };
}

function buildWhenStale(folder: string, name: string): void {
  const built = statSync(join(folder, 'dist', name), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const packages = join(repository, 'packages');
  const sources = [folder, ...readdirSync(packages).map((entry) => join(packages, entry))];
  if (Math.max(...sources.map((source) => newestBelow(join(source, 'src')))) < built) return;
  const { status, stderr } = spawnSync(process.execPath, ['build.mjs'], { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`build.mjs failed in ${folder}: ${stderr}`);
}

function newestBelow(folder: string): number {
  const stats = statSync(folder, { throwIfNoEntry: false });
  if (stats?.isDirectory() !== true) return 0;
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((newest, file) => Math.max(newest, statSync(join(file.parentPath, file.name)).mtimeMs), 0);
}

/** Jest runs test files side by side; one of them builds. */
async function locked(folder: string, body: () => void): Promise<void> {
  const deadline = performance.now() + LOCK_PATIENCE_MS;
  while (!isMade(folder)) {
    if (performance.now() > deadline) throw new Error(`${folder} is left over from a run that was killed: remove it`);
    await delay(20);
  }
  try {
    body();
  } finally {
    rmdirSync(folder);
  }
}

function isMade(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
