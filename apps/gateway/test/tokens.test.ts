import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { digestOf } from '@velocity/core';
import { runProcess, tempDir } from '@velocity/testing';
import { createLogger } from '../src/logger.js';
import type { Bundle } from './support/bundle.js';
import { buildBundle, startGateway } from './support/bundle.js';
import { createToken, whoami } from './support/tokens.js';

let bundle: Bundle;
beforeAll(() => void (bundle = buildBundle()));
afterAll(() => bundle[Symbol.dispose]());

async function runOnce(args: readonly string[], input?: string) {
  return runProcess(process.execPath, [bundle.program, ...args], input === undefined ? {} : { input });
}

describe('velocity-server token create', () => {
  test('prints a token of 256 random bits with a prefix and a checksum, and the line with its hash alone', async () => {
    const [first, second] = [await createToken(bundle), await createToken(bundle)];
    for (const { token, line, entry } of [first, second]) {
      expect(token).toMatch(/^vct_[0-9A-Za-z]{49}$/);
      expect(entry).toEqual({ name: `reader-${digestOf(token).slice(0, 8)}`, sha256: digestOf(token), role: 'reader' });
      expect(line).not.toContain(token.slice(4));
    }
    expect(first.token).not.toBe(second.token);
  });

  test('composes with roles, namespaces, scopes and an end, and the gateway takes its lines as they are', async () => {
    using dir = tempDir();
    const main = await createToken(bundle, '--name', 'ci-main', '--role', 'trusted-writer', '--namespace', 'acme');
    const pr = await createToken(
      bundle,
      '--name',
      'pr',
      '--role',
      'scoped-writer',
      '--scope',
      'pr-web',
      '--expires',
      '90d',
    );
    const path = dir.join('tokens.jsonl');
    writeFileSync(path, `${main.line}\n\n${pr.line}\n`);
    await using server = await startGateway(bundle, [], { VC_TOKENS_FILE: path });
    expect(await whoami(server.url, main.token)).toMatchObject({
      status: 200,
      body: { name: 'ci-main', role: 'trusted-writer' },
    });
    expect(await whoami(server.url, pr.token)).toMatchObject({ status: 200, body: { name: 'pr', scope: 'pr-web' } });
    const end = Date.parse(pr.entry['not_after'] ?? '');
    expect(Math.abs(end - Date.now() - 90 * 86_400_000)).toBeLessThan(60_000);
  });

  test.each<[string, readonly string[], RegExp]>([
    ['an unknown role', ['--role', 'writer'], /role: must be \("trusted-writer" \| "scoped-writer" \| "reader"\)/],
    ['a scoped writer without a scope', ['--role', 'scoped-writer'], /a scoped-writer needs a scope/],
    ['a reader with a scope', ['--scope', 'pr'], /only a scoped-writer has a scope/],
    ['the trusted scope', ['--role', 'scoped-writer', '--scope', 'trusted'], /belongs to trusted writers/],
    ['a namespace that is none', ['--namespace', '../x'], /namespace: must match/],
    ['a name that is none', ['--name', 'a b'], /name: must match/],
    ['a token as the name', ['--name', 'vct_x'], /name: must not be a token/],
    ['no duration', ['--expires', 'soon'], /not a duration: "soon"/],
    ['no time at all', ['--expires', '0'], /is no time to come/],
    ['a time without end', ['--expires', '99999999999999d'], /is no time to come/],
  ])('refuses %s, and prints no token', async (_what, flags, message) => {
    const { exitCode, stdout, stderr } = await runOnce(['token', 'create', ...flags]);
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(message);
  });
});

describe('velocity-server token hash', () => {
  test('prints the hash of the token on stdin, with or without a newline', async () => {
    for (const input of ['an-old-token', 'an-old-token\n']) {
      const { exitCode, stdout } = await runOnce(['token', 'hash'], input);
      expect([exitCode, stdout]).toEqual([0, `${digestOf('an-old-token')}\n`]);
    }
  });

  test('refuses no token, and a mistyped one', async () => {
    expect(await runOnce(['token', 'hash'], '')).toMatchObject({ exitCode: 1, stdout: '' });
    const { token } = await createToken(bundle);
    const cut = await runOnce(['token', 'hash'], token.slice(0, -1));
    expect(cut).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringMatching(/checksum/) });
    expect(cut.stderr).not.toContain(token.slice(4, 20));
  });
});

describe('a mistyped token', () => {
  test('is told from one that was revoked, wherever the typo is', async () => {
    using dir = tempDir();
    const { token, line } = await createToken(bundle);
    const revoked = await createToken(bundle);
    const path = dir.join('tokens.jsonl');
    writeFileSync(path, `${line}\n`);
    await using server = await startGateway(bundle, [], { VC_TOKENS_FILE: path });
    expect((await whoami(server.url, revoked.token)).body.error?.message).toMatch(/unknown or has expired/);
    const typos = Array.from({ length: 49 }, (_, index) => {
      const at = index + 4;
      return `${token.slice(0, at)}${token[at] === 'x' ? 'y' : 'x'}${token.slice(at + 1)}`;
    });
    for (const typo of [...typos, token.slice(0, -1), `${token}0`, 'vct_', token.replace('_', '_0')]) {
      const { status, body } = await whoami(server.url, typo);
      expect([status, body.error?.message]).toEqual([401, expect.stringMatching(/mistyped or cut off/)]);
    }
  });

  test('is blacked out in the log as a whole one is, whatever part of the program lets it slip', async () => {
    const { token } = await createToken(bundle);
    const lines: string[] = [];
    const logger = createLogger({ level: 'debug', write: (line) => lines.push(line), now: Date.now });
    logger.info(`got ${token}`, { path: `/x/${token.slice(0, 30)}/y`, name: token });
    expect(lines.join()).not.toContain(token.slice(4, 12));
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ msg: 'got [redacted]', path: '/x/[redacted]/y' });
  });

  test('is no start in a variable, and is not shown', async () => {
    const { token } = await createToken(bundle);
    const env = { VC_AUTH_TOKEN: token.slice(0, -1) };
    const { exitCode, stderr } = await runProcess(process.execPath, [bundle.program], { env });
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/VC_AUTH_TOKEN: is mistyped or cut off/)]);
    expect(stderr).not.toContain(token.slice(4, 20));
  });
});
