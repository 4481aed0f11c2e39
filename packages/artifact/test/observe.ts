import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { serialize } from 'node:v8';
import type { Codec } from '@velocity/artifact';
import { runProcess, tempDir, writeTree, type TempDir } from '@velocity/testing';
import type { Cases } from './cases/hostile-case.js';
import { forge, type Forgery } from './forge.js';

/** What an artifact did to the process that unpacked it, and to the disk. */
export interface Observation {
  readonly name: string;
  /** Of the `VelocityError`, or `accepted`, or what was thrown instead. */
  readonly code: string;
  readonly message: string;
  /** Peak resident memory above that of the same process after an honest artifact. 0 where it cannot be measured. */
  readonly extraMib: number;
  readonly writtenBytes: number;
  /** Symbolic links in staging. */
  readonly links: number;
  /** Whether anything outside of staging and the log is not as it was. */
  readonly escaped: boolean;
}

/**
 * Unpacks each of the artifacts in one other process, beside a tree that must stay as it is. The memory of each is counted from what the
 * process had before all of them: one can add to another's figure, and none can hide in it.
 *
 * @throws Error when the process did not live to tell, with the name of the one that ended it
 */
export async function observe(script: string, codec: Codec, cases: Cases): Promise<ReadonlyMap<string, Observation>> {
  using dir = tempDir();
  writeTree(dir.path, {
    'outside/precious': 'precious',
    'outside/link': { link: 'precious' },
    'outside/folder': { dir: true },
    'case/precious': 'precious',
    precious: 'precious',
  });
  const names = Object.keys(cases);
  addArtifact(dir, 'honest', {});
  for (const [index, [, forgery, options]] of Object.values(cases).entries()) {
    addArtifact(dir, String(index), forgery({ precious: dir.join('outside/precious') }), options?.platform);
  }
  const args = ['--expose-gc', script, codec.name, dir.path, 'honest', ...names.keys()].map(String);
  const { stdout, stderr, exitCode } = await runProcess(process.execPath, args, { timeoutMs: 300_000 });
  const lines = stdout.split('\n').filter(Boolean);
  const seen = lines.map((line) => JSON.parse(line) as Observation);
  const [first, ...others] = seen.filter(({ code }) => code !== undefined);
  if (exitCode !== 0 || others.length < names.length) {
    throw new Error(`the process ended with ${exitCode} at ${lines.at(-1)} of ${names.join(', ')}:\n${stderr}`);
  }
  if (first?.code !== 'accepted') throw new Error(`an honest artifact was refused: ${first?.message}`);
  return new Map(others.map((observation) => [names[Number(observation.name)] as string, observation]));
}

function addArtifact(dir: TempDir, name: string, forgery: Forgery, platform?: NodeJS.Platform): void {
  const { description, blobs } = forge(forgery);
  mkdirSync(dir.join('artifacts', name), { recursive: true });
  writeFileSync(dir.join('artifacts', name, 'description'), serialize({ description, platform }));
  for (const [index, { bytes }] of blobs.entries()) writeFileSync(dir.join('artifacts', name, String(index)), bytes);
}

export interface Witness extends Disposable {
  readonly path: string;
}

/** `witness.ts` as one script, with the sources of today. */
export function bundleWitness(): Witness {
  const dir = tempDir();
  const path = dir.join('witness.mjs');
  const entry = fileURLToPath(new URL('./witness.ts', import.meta.url));
  const require = createRequire(import.meta.url);
  const banner = "import{createRequire}from'node:module';const require=createRequire(import.meta.url),__dirname='';";
  const flags = ['--bundle', '--format=esm', '--platform=node', '--conditions=@velocity/source', '--log-level=error'];
  const args = [entry, ...flags, `--banner:js=${banner}`, `--outfile=${path}`];
  execFileSync(require.resolve('esbuild/bin/esbuild'), args);
  return { path, [Symbol.dispose]: () => dir[Symbol.dispose]() };
}
