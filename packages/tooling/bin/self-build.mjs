#!/usr/bin/env node
/** Builds this repository with the agent that it just built: once for real, then again, when everything must be in place. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { root } from './lib/run.mjs';

// A copy, since the build replaces the original; beside the app, where its dependency is found.
const copy = join(root, 'apps/agent/.velocity/self');
const cache = mkdtempSync(join(tmpdir(), 'velocity-self-'));
try {
  cpSync(join(root, 'apps/agent/dist'), copy, { recursive: true });
  const first = run();
  const second = run();
  if (first.status !== 0 || second.status !== 0) fail('a task failed', first.stdout + second.stdout + second.stderr);
  else if (!second.stdout.includes('FULL CACHE')) fail('the second build ran something', second.stdout);
  else console.log(`${lastLines(first.stdout)}\n\n${lastLines(second.stdout)}`);
} finally {
  rmSync(cache, { recursive: true, force: true });
  rmSync(copy, { recursive: true, force: true });
}

function run() {
  const args = [
    join(copy, 'velocity.js'),
    'run',
    'build',
    'typecheck',
    '--no-remote-cache',
    '--output-logs=new-only',
    '--log-order=stream',
  ];
  return spawnSync(process.execPath, args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, XDG_CACHE_HOME: cache },
  });
}

function fail(why, output) {
  console.error(`${output}\n${why}`);
  process.exitCode = 1;
}

function lastLines(text) {
  return text.trim().split('\n').slice(-3).join('\n');
}
