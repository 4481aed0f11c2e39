import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createRig, monorepo, type Rig } from './rig.js';

const TOKEN = 'canary-token-of-the-environment';

let server: Server;
let seen: (string | undefined)[] = [];
/** Not loopback by name, and yet this machine. */
let url: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    seen.push(request.headers.authorization);
    response.writeHead(404, { 'content-type': 'application/json' }).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  const address = server.address();
  url = `http://0.0.0.0:${typeof address === 'object' && address !== null ? address.port : 0}`;
});

afterAll(() => new Promise((resolve) => server.close(resolve)));

function rigWithRemote(remote: object): Rig {
  seen = [];
  return createRig(monorepo({ remote: { url, ...remote } }));
}

const env = { VC_AUTH_TOKEN: TOKEN };

test.each([
  ['${VC_AUTH_TOKEN}', { token: '${VC_AUTH_TOKEN}' }],
  ['no token, so that VC_AUTH_TOKEN counts', {}],
])('a URL of the repository does not get a token of the environment: %s', async (_name, remote) => {
  using rig = rigWithRemote(remote);
  const run = await rig.velocity(['run', 'solo#build'], { env });
  expect(run.exitCode).toBe(0);
  expect(seen).toEqual([]);
  expect(run.stdout.match(/^warning .*$/gm)).toEqual([expect.stringContaining(`velocity remote allow ${url}`)]);
  const required = await rig.velocity(['run', 'solo#build', '--require-remote'], { env });
  expect([required.exitCode, seen]).toEqual([1, []]);
  const status = await rig.velocity(['remote', 'status'], { env });
  expect([status.exitCode, seen]).toEqual([1, []]);
});

test.each([
  ['that the user has allowed', async (rig: Rig) => void (await rig.velocity(['remote', 'allow'])), {}],
  ['that the environment allows', () => Promise.resolve(), { VELOCITY_REMOTE_ORIGINS: 'https://a.example, {url}' }],
  ['that the environment names', () => Promise.resolve(), { VC_REMOTE_URL: '{url}/path' }],
])('a URL of the repository %s gets it', async (_name, prepare, more) => {
  using rig = rigWithRemote({ token: '${VC_AUTH_TOKEN}' });
  await prepare(rig);
  const filled = Object.fromEntries(Object.entries(more).map(([name, value]) => [name, value.replace('{url}', url)]));
  await rig.velocity(['run', 'solo#build'], { env: { ...env, ...filled } });
  expect(seen[0]).toBe(`Bearer ${TOKEN}`);
});

test('a token that stands in the file goes where the file says, and --remote-cache-url is the word of the user', async () => {
  using literal = rigWithRemote({ token: 'in-the-file' });
  await literal.run('solo#build');
  expect(seen[0]).toBe('Bearer in-the-file');
  using flagged = createRig(monorepo());
  seen = [];
  await flagged.velocity(['run', 'solo#build', `--remote-cache-url=${url}`], { env });
  expect(seen[0]).toBe(`Bearer ${TOKEN}`);
});
