/** What users will install: packs every published package and checks its size, its `exports` (publint) and its types (attw). */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { pnpm } from '../bin/lib/run.mjs';
import { readPackages } from './workspace.mjs';

/** Kilobytes of the packed tarball. */
const BUDGETS = {
  '@velocity/artifact': 66,
  '@velocity/graph': 30,
  '@velocity/storage': 60,
  '@velocity/workspace': 55,
  '@velocity/client': 40,
  'velocity-cache': 350,
  'velocity-gateway': 500,
};
const DEFAULT_BUDGET = 20;

export async function check() {
  const folder = mkdtempSync(join(tmpdir(), 'velocity-pack-'));
  try {
    const problems = [];
    for (const pack of readPackages().filter(({ manifest }) => manifest.private !== true))
      problems.push(...(await checkOne(pack, folder)));
    return problems;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function checkOne({ name, group, directory, manifest }, folder) {
  const tarball = join(folder, `${name.replace('@', '').replace('/', '-')}-${manifest.version}.tgz`);
  const code = await pnpm(['pack', '--pack-destination', folder], {
    cwd: directory,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (code !== 0) return [`${name}: cannot be packed`];
  const problems = [];
  const kilobytes = statSync(tarball).size / 1000;
  const budget = BUDGETS[name] ?? DEFAULT_BUDGET;
  console.log(`${name.padEnd(20)} ${kilobytes.toFixed(1).padStart(7)} kB of ${budget}`);
  if (kilobytes > budget) problems.push(`${name}: ${kilobytes.toFixed(1)} kB packed, more than ${budget}`);
  const data = readFileSync(tarball);
  const { messages, pkg } = await publint({
    pack: { tarball: data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength) },
    strict: true,
  });
  problems.push(
    ...messages
      .filter(({ type }) => type !== 'suggestion')
      .map((message) => `${name}: publint: ${formatMessage(message, pkg)}`),
  );
  if (group === 'packages') problems.push(...(await typeProblems(name, data)));
  if (!execFileSync('tar', ['tzf', tarball], { encoding: 'utf8' }).includes('package/README.md'))
    problems.push(`${name}: has no README.md`);
  return problems;
}

/** These packages are ES modules only: what CommonJS makes of them is not asked. */
async function typeProblems(name, tarball) {
  const { problems = [] } = await checkPackage(createPackageFromTarballData(new Uint8Array(tarball)));
  const isOurs = ({ kind, resolutionKind }) =>
    kind !== 'CJSResolvesToESM' && resolutionKind !== 'node10' && resolutionKind !== 'node16-cjs';
  return problems
    .filter(isOurs)
    .map((problem) => `${name}: attw: ${problem.kind} ${problem.entrypoint ?? ''} ${problem.resolutionKind ?? ''}`);
}
