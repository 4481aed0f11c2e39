import { choice } from '../actions/choice.js';
import type { AgentContext } from '../agent-context.js';
import type { Reporter } from '../run/events.js';
import { JsonReporter } from './json-reporter.js';
import { TerminalReporter, type OutputLogs } from './terminal-reporter.js';

export interface ReporterFlags {
  readonly isJson: boolean;
  readonly isQuiet: boolean;
  readonly isVerbose: boolean;
  readonly outputLogs: string | undefined;
  readonly logOrder: string | undefined;
  readonly logPrefix: string | undefined;
}

/** Who tells of a run, as flags and the output at hand say it. @throws VelocityError `USAGE` */
export function createReporter(flags: ReporterFlags, context: AgentContext): Reporter {
  if (flags.isJson) return new JsonReporter(context.stdout);
  const logOrder = choice('--log-order', flags.logOrder, ['auto', 'stream', 'grouped'], 'auto');
  const logPrefix = choice('--log-prefix', flags.logPrefix, ['auto', 'task', 'none'], 'auto');
  const outputLogs: OutputLogs = choice(
    '--output-logs',
    flags.outputLogs,
    ['full', 'hash-only', 'new-only', 'errors-only', 'none'],
    'full',
  );
  const isCi = Boolean(context.env['CI']);
  return new TerminalReporter({
    out: context.stdout,
    err: context.stderr,
    hasColor: context.hasColor,
    columns: isCi ? undefined : context.columns,
    outputLogs,
    logOrder: logOrder === 'auto' ? (isCi ? 'grouped' : 'stream') : logOrder,
    logPrefix: logPrefix === 'none' ? 'none' : 'task',
    isQuiet: flags.isQuiet,
    isVerbose: flags.isVerbose,
    env: context.env,
  });
}
