import { VelocityError } from '@velocity/core';
import type { FailureMode } from '@velocity/graph';
import type { AgentContext } from '../agent-context.js';
import { choice, parseConcurrency } from './choice.js';

/** How a run is carried out, as flags say it. */
export interface RunModes {
  readonly concurrency: number;
  readonly failureMode: FailureMode;
  readonly envMode: 'strict' | 'loose';
  readonly upload: 'wait' | 'background' | 'skip' | undefined;
  /** How long tasks may take to end after SIGINT or SIGTERM before they are killed; VELOCITY_GRACE_MS. */
  readonly graceMs: number;
}

export interface ModeFlags {
  readonly concurrency: string | undefined;
  readonly continueMode: string | boolean | undefined;
  readonly envMode: string | undefined;
  readonly upload: string | undefined;
}

const GRACE_MS = 5000;
const FAILURE_MODES: Readonly<Record<string, FailureMode>> = {
  never: 'stop',
  'dependencies-successful': 'continue-independent',
  always: 'continue-all',
};

/** @throws VelocityError `USAGE` */
export function parseModes(flags: ModeFlags, { cpuCount, env }: AgentContext): RunModes {
  const upload = choice('--upload', flags.upload, ['wait', 'background', 'skip', ''], '');
  return {
    concurrency: parseConcurrency(flags.concurrency, cpuCount),
    failureMode: failureMode(flags.continueMode),
    envMode: choice('--env-mode', flags.envMode, ['strict', 'loose'], 'strict'),
    upload: upload === '' ? undefined : upload,
    graceMs: graceOf(env['VELOCITY_GRACE_MS']),
  };
}

function failureMode(value: string | boolean | undefined): FailureMode {
  if (value === undefined || value === false) return 'stop';
  const mode = FAILURE_MODES[value === true ? 'always' : value];
  if (mode !== undefined) return mode;
  throw new VelocityError('USAGE', `--continue does not take ${JSON.stringify(value)}`, {
    hint: `use one of ${Object.keys(FAILURE_MODES).join(', ')}`,
  });
}

function graceOf(text: string | undefined): number {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : GRACE_MS;
}
