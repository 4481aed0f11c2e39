import { VelocityError } from '@velocity/core';
import { choice } from '../actions/choice.js';

export interface VerifyFlags {
  readonly verify: string | boolean | undefined;
  readonly dry: string | boolean | undefined;
  readonly graph: string | boolean | undefined;
  readonly isSummaryWanted: boolean;
  readonly isRemoteRequired: boolean;
}

/** Whether a run is to be a verification. @throws VelocityError `USAGE` for an unknown word, or beside a flag that asks for something else */
export function parseVerify({ verify, ...others }: VerifyFlags): 'full' | undefined {
  if (verify === undefined || verify === false) return undefined;
  const mode = choice('--verify', verify === true ? '' : verify, ['full'], 'full');
  const conflicts: readonly (readonly [flag: string, isGiven: boolean])[] = [
    ['--dry', isGiven(others.dry)],
    ['--graph', isGiven(others.graph)],
    ['--summarize', others.isSummaryWanted],
    ['--require-remote', others.isRemoteRequired],
  ];
  const conflict = conflicts.find(([, isSet]) => isSet);
  if (conflict === undefined) return mode;
  throw new VelocityError('USAGE', `--verify=full does not go with ${conflict[0]}`, {
    hint: 'it executes in scratch copies, reads and writes no store, and prints its findings; --json for programs',
  });
}

function isGiven(flag: string | boolean | undefined): boolean {
  return flag !== undefined && flag !== false;
}
