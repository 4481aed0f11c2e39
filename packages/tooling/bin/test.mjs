#!/usr/bin/env node
/** Sets up, then runs every check and every test; goes on after a failure so that one run shows all of them. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pnpm, run, root } from './lib/run.mjs';

const jestArguments = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'velocity-counts-'));
const countsFile = join(folder, 'counts.json');
const totals = { passed: 0, failed: 0, skipped: 0 };

await check('setup', () => run('node', ['packages/tooling/bin/setup.mjs']));
if (totals.failed === 0) {
  await check('lint', () => pnpm(['run', '--silent', 'lint']));
  await check('format', () => pnpm(['run', '--silent', 'format:check']));
  await check('types', () => pnpm(['exec', 'turbo', 'run', 'typecheck', '--output-logs=errors-only']));
  for (const name of ['boundaries', 'api', 'packages', 'readmes']) {
    await check(name, () => run('node', ['packages/tooling/bin/check.mjs', name]));
  }
  await check('self-build', () => run('node', ['packages/tooling/bin/self-build.mjs']));
  await check('conformance', () => run('node', ['conformance/bin/conformance.mjs', '--runner', 'velocity']));
  await tests();
}
rmSync(folder, { recursive: true, force: true });
console.log(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exitCode = totals.failed === 0 ? 0 : 1;

async function check(name, body) {
  const started = Date.now();
  console.log(`\n== ${name}`);
  const code = await body();
  console.log(`== ${name}: ${code === 0 ? 'ok' : 'FAILED'} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  totals[code === 0 ? 'passed' : 'failed'] += 1;
}

async function tests() {
  console.log('\n== tests');
  const code = await pnpm(['run', '--silent', 'jest', ...jestArguments], {
    cwd: root,
    env: { VELOCITY_TEST_COUNTS: countsFile },
  });
  const counts = readCounts();
  for (const kind of Object.keys(totals)) totals[kind] += counts[kind];
  if (code !== 0 && counts.failed === 0) totals.failed += 1;
}

function readCounts() {
  try {
    return JSON.parse(readFileSync(countsFile, 'utf8'));
  } catch {
    // Jest did not get that far.
    return { passed: 0, failed: 1, skipped: 0 };
  }
}
