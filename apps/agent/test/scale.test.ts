import { expect, test } from '@jest/globals';
import { config, createRig, recorded } from './rig.js';

test('2,000 packages are planned with 128 MB of heap', async () => {
  const names = Array.from({ length: 2000 }, (_none, index) => `p${index}`);
  const manifest = (index: number): string => {
    const dependencies = [1, 2, 10].filter((back) => index % 10 >= back || back === 10).map((back) => index - back);
    const known = dependencies.filter((other) => other >= 0).map((other) => [names[other] ?? '', '*']);
    return JSON.stringify({ name: names[index], dependencies: Object.fromEntries(known) });
  };
  using rig = createRig({
    'package.json': JSON.stringify({ workspaces: ['packages/*'] }),
    'velocity.yml': config({ pipeline: { build: { command: recorded(), outputs: ['dist'], depends_on: ['^build'] } } }),
    ...Object.fromEntries(names.map((name, index) => [`packages/${name}/package.json`, manifest(index)])),
  });
  const { stdout } = await rig.shell('"$0" --max-old-space-size=128 "$1" run build --dry=json');
  const { tasks } = JSON.parse(stdout) as { tasks: unknown[] };
  expect(tasks).toHaveLength(2000);
}, 60_000);

test('a package of 20,000 files hashes, and one changed file among them is found', async () => {
  const files = Array.from({ length: 20_000 }, (_none, index) => [`src/${index % 100}/${index}.txt`, `file ${index}`]);
  using rig = createRig({
    'package.json': JSON.stringify({ name: 'large' }),
    'velocity.yml': config({ pipeline: { build: { command: recorded() } } }),
    ...(Object.fromEntries(files) as Record<string, string>),
  });
  expect((await rig.run('build')).executed).toEqual(['//#build']);
  rig.write({ 'src/7/19907.txt': 'FILE 19907' });
  const run = await rig.run('build');
  expect(run.executed).toEqual(['//#build']);
  expect(run.stdout).toContain('src/7/19907.txt changed');
}, 60_000);

test('memory does not grow with the size of an artifact', async () => {
  const command =
    'mkdir -p dist && truncate -s 300000000 dist/huge && head -c 300000000 /dev/urandom > dist/incompressible';
  using rig = createRig({
    'package.json': JSON.stringify({ name: 'huge' }),
    'velocity.yml': config({ pipeline: { build: { command, outputs: ['dist'] } } }),
    'peak.mjs': 'process.on("exit", () => console.error(process.resourceUsage().maxRSS));',
  });
  const run = await rig.shell('"$0" --import ./peak.mjs "$1" run build --quiet');
  expect(run.exitCode).toBe(0);
  // 120 to 160 on a quiet machine; on one that collects garbage late, more, but never as much as there is to store.
  expect(Number(run.stderr) / 1024).toBeLessThan(256);
}, 120_000);
