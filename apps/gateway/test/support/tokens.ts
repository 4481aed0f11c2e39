import { expect } from '@jest/globals';
import { runProcess } from '@velocity/testing';
import type { Bundle } from './bundle.js';

export interface Created {
  readonly token: string;
  /** As printed: the line for the tokens file. */
  readonly line: string;
  readonly entry: Readonly<Record<string, string>>;
}

export async function createToken({ program }: Bundle, ...flags: readonly string[]): Promise<Created> {
  const { exitCode, stdout, stderr } = await runProcess(process.execPath, [program, 'token', 'create', ...flags]);
  const [token = '', line = '', ...rest] = stdout.split('\n');
  expect([exitCode, rest]).toEqual([0, ['']]);
  expect(stderr).not.toContain(token);
  return { token, line, entry: JSON.parse(line) as Record<string, string> };
}

export interface Identity {
  readonly status: number;
  readonly body: { readonly name?: string; readonly role?: string; readonly error?: { readonly message: string } };
}

export async function whoami(url: string, token: string): Promise<Identity> {
  const response = await fetch(`${url}/v1/whoami`, { headers: { authorization: `Bearer ${token}` } });
  return { status: response.status, body: (await response.json()) as Identity['body'] };
}
