import type { BaseContext } from 'clipanion';
import type { Environment } from '../env.js';

/** What the commands get from the process. */
export interface CliContext extends BaseContext {
  readonly environment: Environment;
}
