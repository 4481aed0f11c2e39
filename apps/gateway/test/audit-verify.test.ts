import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { tempDir } from '@velocity/testing';
import type { TempDir } from '@velocity/testing';
import { readLines } from '../src/audit/read-lines.js';
import type { AuditVerdict } from '../src/audit/verify-audit.js';
import { AuditVerifier } from '../src/audit/verify-audit.js';
import { fieldsOf, linesOf, post, reseal, runGatewayOnce, storeOver } from './support/audited.js';
import type { Bundle } from './support/bundle.js';
import { buildBundle, startGateway } from './support/bundle.js';

let bundle: Bundle;
/** Of two gateways, one after the other, of four lines each. */
let dir: TempDir;
let path: string;
beforeAll(async () => {
  bundle = buildBundle();
  dir = tempDir();
  path = dir.join('audit.jsonl');
  const tokens = { VC_AUTH_TOKEN: 'token-of-main', VC_READ_TOKEN: 'token-of-a-reader' };
  const env = { ...tokens, VC_BIND: '127.0.0.1', VC_LOCAL_ROOT: dir.join('store'), VC_AUDIT_FILE: path };
  for (const name of ['one', 'two']) {
    await using server = await startGateway(bundle, [], env);
    await storeOver(server.url, tokens.VC_AUTH_TOKEN, name);
    await post(server.url, '/v1/commit', tokens.VC_READ_TOKEN, { ticket: 'x' });
    server.kill('SIGTERM');
    await server.result;
  }
});
afterAll(() => {
  bundle[Symbol.dispose]();
  dir[Symbol.dispose]();
});

async function verify(
  ...args: readonly string[]
): Promise<{ readonly exitCode: number | null; readonly stdout: string }> {
  const { exitCode, stdout } = await runGatewayOnce(bundle, ['audit', 'verify', ...args]);
  return { exitCode, stdout };
}

/** The same without a process of its own, for thousands of files. */
function judge(text: string): AuditVerdict {
  const verifier = new AuditVerifier();
  const lines = text.split('\n');
  const rest = lines.pop() ?? '';
  for (const [index, line] of lines.entries()) verifier.add({ where: `${index + 1}`, text: line, isWhole: true });
  if (rest !== '') verifier.add({ where: `${lines.length + 1}`, text: rest, isWhole: false });
  return verifier.finish();
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

describe('velocity-server audit verify', () => {
  async function verifyText(text: string, ...args: readonly string[]) {
    using own = tempDir();
    writeFileSync(own.join('a'), text);
    const { exitCode, stdout } = await verify(own.join('a'), ...args);
    return { exitCode, stdout: stdout.replaceAll(own.join('a'), 'a') };
  }

  test.each<[string, (lines: string[]) => string, RegExp]>([
    [
      'a line that was dropped',
      (lines) => textOf(lines.toSpliced(5, 1)),
      /^a:6: line 1 of chain \w+ is missing before this one\n1 problem/,
    ],
    [
      'a process that was dropped',
      (lines) => textOf(lines.slice(4)),
      /^a:1: begins a chain after a line that is not here/,
    ],
    [
      'a line that was edited',
      (lines) => textOf(lines).replace('"commit.refused"', '"commit.refuseD"'),
      /^a:3: was edited: its hash is another one\n1 problem/,
    ],
    [
      'a line that was edited and given its new hash',
      (lines) =>
        textOf(
          lines.with(
            1,
            reseal(lines[1] ?? '', (fields) => ({ ...fields, principal: 'x' })),
          ),
        ),
      /^a:3: does not go on from line 1 of its chain: that one was replaced\n1 problem/,
    ],
    [
      'two lines that were swapped',
      (lines) => textOf([...lines.slice(0, 1), lines[2] ?? '', lines[1] ?? '', ...lines.slice(3)]),
      /^a:3: line 1 of its chain is out of its order\n1 problem/,
    ],
    [
      'a line that is there twice',
      (lines) => textOf(lines.toSpliced(3, 0, lines[2] ?? '')),
      /^a:4: line 2 of its chain is here again\n1 problem/,
    ],
    [
      'a line that was put in',
      (lines) => textOf(lines.toSpliced(3, 0, '{"audit":true}')),
      /^a:4: is no audit line: edited, cut off or put in\n1 problem/,
    ],
    ['a file that was cut off', (lines) => textOf(lines).slice(0, -10), /^a:8: is cut off\n1 problem/],
  ])('finds %s, and says which', async (_what, tamper, message) => {
    const { exitCode, stdout } = await verifyText(tamper(linesOf(path)));
    expect([exitCode, stdout]).toEqual([1, expect.stringMatching(message)]);
  });

  test('finds lines that were dropped from the very end by the hash of one, and says that the end is missing', async () => {
    const lines = linesOf(path);
    const head = String(fieldsOf(path)[7]?.['hash']);
    const shortened = await verifyText(textOf(lines.slice(0, -1)));
    expect([shortened.exitCode, shortened.stdout]).toEqual([0, expect.stringMatching(/1 of them without an end/)]);
    const expected = await verifyText(textOf(lines.slice(0, -1)), '--head', head);
    expect([expected.exitCode, expected.stdout]).toEqual([
      1,
      expect.stringMatching(`the line with the hash ${head} is missing`),
    ]);
    expect((await verifyText(textOf(lines), '--head', head)).exitCode).toBe(0);
  });

  test('finds every line dropped, every pair swapped, every bit flipped, and every cut', () => {
    const lines = linesOf(path);
    const whole = Buffer.from(textOf(lines));
    expect(judge(whole.toString()).problems).toEqual([]);
    let count = 0;
    const isFound = (verdict: AuditVerdict): void => {
      count += 1;
      if (verdict.problems.length === 0) throw new Error(`change ${count} was not found`);
    };
    for (let i = 0; i < lines.length - 1; i++) {
      isFound(judge(textOf(lines.toSpliced(i, 1))));
      isFound(judge(textOf(lines.toSpliced(i, 2, lines[i + 1] ?? '', lines[i] ?? ''))));
    }
    for (let bit = 0; bit < whole.byteLength * 8; bit++) {
      const flipped = Buffer.from(whole);
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      isFound(judge(flipped.toString('utf8')));
    }
    for (let length = 1; length < whole.byteLength; length++) {
      if (whole[length - 1] !== 0x0a) isFound(judge(whole.subarray(0, length).toString('utf8')));
    }
    process.stdout.write(`audit verify found ${count} of ${count} changes\n`);
    expect(count).toBeGreaterThan(20_000);
  });

  test('reads bytes, not characters: what is no UTF-8 is an edit', async () => {
    using own = tempDir();
    const bytes = Buffer.from(textOf(linesOf(path)));
    bytes.writeUInt8(0xff, 30);
    writeFileSync(own.join('a'), bytes);
    const found: string[] = [];
    for await (const { text } of readLines(own.join('a'))) found.push(text);
    expect(judge(textOf(found)).problems).toHaveLength(1);
    expect((await verify(own.join('a'))).exitCode).toBe(1);
  });

  test('says that a file is not there', async () => {
    const { exitCode, stderr } = await runGatewayOnce(bundle, ['audit', 'verify', '/no/such/file']);
    expect([exitCode, stderr]).toEqual([
      1,
      expect.stringMatching(/^velocity-server: cannot read the audit file: ENOENT/),
    ]);
  });
});
