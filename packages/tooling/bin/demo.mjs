#!/usr/bin/env node
/**
 * Plays the product's story with the real programs: a gateway on its embedded default, machine A that builds, machine B (another
 * user, another path) that restores everything, then one change. Leaves nothing behind.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { root, run } from './lib/run.mjs';

const manifestOf = (app) => JSON.parse(readFileSync(join(root, 'apps', app, 'package.json'), 'utf8'));
const agent = join(root, 'apps/agent', manifestOf('agent').bin.velocity);
const server = join(root, 'apps/gateway', manifestOf('gateway').bin['velocity-server']);

const setupCode = await run('node', ['packages/tooling/bin/setup.mjs']);
if (setupCode === 0) await play();
else process.exitCode = setupCode;

async function play() {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'velocity-demo-'));
  const gateway = await startGateway(join(folder, 'store'));
  try {
    const machines = ['a', 'b'].map((name) => makeMachine(folder, name, gateway.url));
    const [a, b] = machines;
    say(`Gateway at ${gateway.url}, storing in a folder of its own, no configuration.`);

    say('Machine A runs everything and shares it.');
    const first = a.run('build', 'test');
    expect('machine A executed every task', first.ran === first.total && first.total === 8);

    say('Machine B is another user with a fresh clone at another path. It executes nothing.');
    const second = b.run('build', 'test');
    expect('machine B restored every task', second.hits === second.total && second.total === 8);
    expect(
      'the outputs are the same, byte for byte',
      JSON.stringify(readOutputs(a.path)) === JSON.stringify(readOutputs(b.path)),
    );

    say('One source file of packages/strings changes on machine B. dates does not depend on it.');
    const file = join(b.path, 'packages/strings/src/index.mjs');
    writeFileSync(file, `${readFileSync(file, 'utf8')}// changed\n`);
    const third = b.run('build', 'test');
    expect('exactly the six tasks that depend on it ran', third.ran === 6 && third.hits === 2);

    const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
    report({ first, second, third, metrics });
  } finally {
    await gateway.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function makeMachine(folder, name, url) {
  const path = join(folder, `machine-${name}`, name === 'a' ? 'work' : 'somewhere/else');
  const home = join(folder, `machine-${name}`, 'home');
  cpSync(join(root, 'examples/javascript'), path, {
    recursive: true,
    filter: (source) => !/\/(dist|node_modules|\.velocity)(\/|$)/.test(source),
  });
  const env = { PATH: process.env.PATH, HOME: home, VC_REMOTE_URL: url };
  return {
    path,
    run(...tasks) {
      const started = performance.now();
      const child = spawnSync(
        process.execPath,
        [agent, 'run', ...tasks, '--output-logs=hash-only', '--log-order=stream', '--summarize', '--upload=wait'],
        { cwd: path, env, encoding: 'utf8' },
      );
      const ms = performance.now() - started;
      process.stdout.write(indent(child.stdout));
      if (child.status !== 0) {
        process.stderr.write(child.stderr);
        expect(`velocity run ${tasks.join(' ')} succeeds`, false);
      }
      const runs = join(path, '.velocity/runs');
      const summary = JSON.parse(readFileSync(join(runs, readdirSync(runs).sort().at(-1)), 'utf8'));
      const count = (test) => summary.tasks.filter(({ outcome }) => test(outcome.status)).length;
      return {
        ms,
        total: summary.tasks.length,
        ran: count((status) => status === 'ran'),
        hits: count((status) => status === 'restored' || status === 'fresh'),
        savedMs: summary.execution.savedMs,
      };
    },
  };
}

function startGateway(store) {
  const child = spawn(process.execPath, [server, '--port', '0', '--storage-dir', store], {
    env: { PATH: process.env.PATH, HOME: store },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  let errors = '';
  child.stderr.on('data', (chunk) => (errors += chunk));
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the gateway did not start:\n${errors}`)), 20_000);
    createInterface({ input: child.stdout }).on('line', (line) => {
      const url = /https?:\/\/\S+/.exec(line)?.[0];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve({
        url,
        async stop() {
          child.kill('SIGTERM');
          await ended;
        },
      });
    });
    void ended.then((code) => reject(new Error(`the gateway ended with ${code}:\n${errors}`)));
  });
}

/** Everything below the packages' dist folders: kind, executable bit, content or target. */
function readOutputs(path, folder = '') {
  return readdirSync(join(path, folder))
    .sort()
    .flatMap((name) => {
      const relative = folder === '' ? name : `${folder}/${name}`;
      const stats = lstatSync(join(path, relative));
      if (stats.isDirectory()) {
        if (name === '.velocity' || name === 'node_modules') return [];
        return [`${relative}/`, ...readOutputs(path, relative)];
      }
      if (stats.isSymbolicLink()) return [`${relative} -> ${readlinkSync(join(path, relative))}`];
      return [`${relative} ${stats.mode & 0o111 ? 'x' : '-'} ${readFileSync(join(path, relative), 'base64')}`];
    });
}

function report({ first, second, third, metrics }) {
  const bytes = (direction) =>
    Number(new RegExp(`^vc_proxy_bytes_total\\{direction="${direction}"\\} (\\d+)`, 'm').exec(metrics)?.[1] ?? 0);
  const row = (name, { ms, ran, hits }) =>
    `  ${name.padEnd(28)} ${String(ran).padStart(3)} ran  ${String(hits).padStart(3)} restored or in place  ${(ms / 1000).toFixed(2).padStart(6)} s`;
  console.log(
    [
      '',
      'Report',
      row('machine A, nothing stored', first),
      row('machine B, fresh clone', second),
      row('machine B, one file changed', third),
      `  machine B saved ${(second.savedMs / 1000).toFixed(1)} s of work; it took ${((second.ms / first.ms) * 100).toFixed(0)} % of machine A's time`,
      `  bytes through the gateway: ${bytes('in')} in, ${bytes('out')} out (the embedded store is served by the gateway; with an S3 bucket it is 0)`,
      '',
    ].join('\n'),
  );
}

function expect(what, isTrue) {
  console.log(`  ${isTrue ? 'ok    ' : 'FAILED'} ${what}`);
  if (!isTrue) process.exitCode = 1;
}

function say(text) {
  console.log(`\n> ${text}\n`);
}

function indent(text) {
  return text.replace(/^(?=.)/gm, '  ');
}
