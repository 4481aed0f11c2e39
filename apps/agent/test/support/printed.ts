import { expect } from '@jest/globals';
import type { Rig } from '../rig.js';

/** What a command printed; it must have ended well and said nothing on stderr. */
export async function printed(rig: Rig, ...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await rig.velocity(args);
  expect([exitCode, stderr]).toEqual([0, '']);
  return stdout;
}

export async function json<T>(rig: Rig, ...args: string[]): Promise<T> {
  return JSON.parse(await printed(rig, ...args)) as T;
}
