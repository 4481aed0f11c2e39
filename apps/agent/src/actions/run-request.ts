import type { ReporterFlags } from '../reporters/create-reporter.js';
import type { StoreFlags } from '../stores/store-settings.js';
import type { ModeFlags } from './run-modes.js';

/** A command line of `velocity run`, taken apart. */
export interface RunRequest extends ReporterFlags, ModeFlags {
  readonly directory: string;
  readonly tasks: readonly string[];
  readonly filters: readonly string[];
  readonly args: readonly string[];
  readonly isOnly: boolean;
  readonly isForced: boolean;
  readonly isRemoteRequired: boolean;
  readonly isSummaryWanted: boolean;
  readonly dry: string | boolean | undefined;
  readonly graph: string | boolean | undefined;
  readonly verify: string | boolean | undefined;
  readonly stores: Omit<StoreFlags, 'upload'>;
}
