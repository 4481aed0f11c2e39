import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createRig, monorepo, type Rig } from './rig.js';

function filesBelow(rig: Rig, part: string): string[] {
  return readdirSync(rig.cacheDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => path.includes(part))
    .sort();
}

test('a sound store is said to be sound', async () => {
  using rig = createRig(monorepo());
  await rig.run('build');
  const { exitCode, stdout } = await rig.velocity(['cache', 'verify']);
  expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/^read 3 entries and \d+ blobs, .*: all sound\n$/)]);
});

test('every kind of damage is found, by its file and its task; --repair removes it, and the next run heals', async () => {
  using rig = createRig(monorepo());
  await rig.run('build');
  const [flipped = '', cut = '', absent = ''] = filesBelow(rig, '/cas/');
  const bytes = readFileSync(flipped);
  bytes[20] = (bytes[20] ?? 0) ^ 1;
  writeFileSync(flipped, bytes);
  truncateSync(cut, 30);
  rmSync(absent);
  const { exitCode, stdout } = await rig.velocity(['cache', 'verify']);
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(/^blob-digest .*\((lib|app|solo)#build\)$/m);
  expect(stdout).toMatch(/^blob-size .*\((lib|app|solo)#build\)$/m);
  expect(stdout).toMatch(/^record-dangling .*\((lib|app|solo)#build\)$/m);
  expect(stdout).toContain('3 damaged\n');
  const repaired = await rig.velocity(['cache', 'verify', '--repair']);
  expect([repaired.exitCode, repaired.stdout]).toEqual([0, expect.stringContaining('removed 3 entries')]);
  expect((await rig.velocity(['cache', 'verify', '--json'])).exitCode).toBe(0);
  rmSync(rig.path('.velocity'), { recursive: true });
  expect((await rig.run('build')).executed).toHaveLength(3);
  rmSync(rig.path('.velocity'), { recursive: true });
  expect((await rig.run('build')).executed).toEqual([]);
});

test('a record that cites sound blobs of another result is found, too', async () => {
  using rig = createRig(monorepo());
  await rig.run('build', '-F', 'solo', '-F', 'lib');
  const [one = '', other = ''] = filesBelow(rig, '/ac/');
  const [first, second] = [one, other].map((file) => JSON.parse(readFileSync(file, 'utf8')) as { artifact: unknown });
  writeFileSync(one, JSON.stringify({ ...first, artifact: second?.artifact }));
  const { exitCode, stdout } = await rig.velocity(['cache', 'verify', '--json']);
  expect(exitCode).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    damage: [],
    wrong: [{ problem: expect.stringContaining('made for the key') }],
  });
  expect((await rig.velocity(['cache', 'verify', '--repair'])).exitCode).toBe(0);
  expect((await rig.velocity(['cache', 'verify'])).stdout).toContain('all sound');
});
