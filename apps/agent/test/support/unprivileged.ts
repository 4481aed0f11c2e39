import { spawnSync } from 'node:child_process';
import type { ProcessResult } from '@velocity/testing';
import type { Rig } from '../rig.js';

const IS_ROOT = process.getuid?.() === 0;
/** The user stays the same, so that everything still belongs to it; what lets root pass over permissions goes. */
const SETPRIV = ['setpriv', '--bounding-set=-all', '--inh-caps=-all'] as const;

/** Whether permissions can be made to count. */
export const canBeRefused =
  process.platform !== 'win32' && (!IS_ROOT || spawnSync(SETPRIV[0], [...SETPRIV.slice(1), 'true']).status === 0);

/** Runs the agent as a user whom permissions bind. */
export function runRefused(rig: Rig, ...args: readonly string[]): Promise<ProcessResult> {
  return rig.shell(`exec ${IS_ROOT ? SETPRIV.join(' ') : ''} "$0" "$1" ${args.join(' ')}`);
}
