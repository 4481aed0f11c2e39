/** The promises of the gateway's benchmark: every answer is looked at, and a wrong one is no time. */
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { runProcess, tempDir, writeTree, type ProcessResult } from '@velocity/testing';

const root = fileURLToPath(new URL('../../..', import.meta.url));

function bench(...args: string[]): Promise<ProcessResult> {
  return runProcess(process.execPath, ['bench/gateway/gateway.mjs', ...args], { cwd: root, timeoutMs: 120_000 });
}

/** A gateway that stores and finds everything, as far as its words go. */
const LIAR = `
import { createServer } from 'node:http';
const server = createServer((request, response) => {
  request.resume().on('end', () => {
    const isCommit = request.url === '/v1/commit';
    response.end(JSON.stringify(isCommit ? { status: 'stored' } : { status: 'found', ticket: 't', blobs: [] }));
  });
});
server.listen(0, '127.0.0.1', () => console.log('listening on http://127.0.0.1:' + server.address().port));
process.on('SIGTERM', () => process.exit());
`;

describe("the gateway's benchmark", () => {
  test('gets the right answers in every section', async () => {
    using dir = tempDir();
    const result = await bench('--smoke', '--work', dir.path, '--json', dir.join('rows.json'));
    expect(result).toMatchObject({ exitCode: 0 });
    expect(result.stdout).toMatch(/\d+ runs right, 0 wrong/);
  }, 120_000);

  test('counts an answer of another kind, or to fewer items, as wrong', async () => {
    using dir = tempDir();
    writeTree(dir.path, { 'liar.mjs': LIAR });
    const program = ['--program', dir.join('liar.mjs'), '--work', dir.join('work')];
    const result = await bench('--smoke', '--only', 'batch', ...program);
    expect(result.exitCode).toBe(1);
    expect(result.stdout).toMatch(/WRONG: batch velocity-gateway fs unknown: 0 of 1 items/);
    expect(result.stdout).toMatch(/WRONG: batch velocity-gateway fs known, 100 in a batch: 1 of 100 items/);
  }, 120_000);

  test('says a mistake on the command line in one line', async () => {
    for (const args of [['--bogus'], ['--smoke', '--only', 'everything'], ['--smoke', '--rounds', 'many']]) {
      const { exitCode, stderr } = await bench(...args);
      expect(exitCode).toBe(1);
      expect(stderr.trim().split('\n')).toHaveLength(1);
    }
  });
});
