import { Builtins, Cli, UsageError, type CommandClass } from 'clipanion';
import type { AgentContext } from './agent-context.js';
import {
  CacheCleanCommand,
  CacheGcCommand,
  CacheInspectCommand,
  CacheListCommand,
  CacheStatusCommand,
  CacheVerifyCommand,
} from './commands/cache.js';
import { CleanCommand } from './commands/clean.js';
import { CompletionCommand } from './commands/completion.js';
import { GraphCommand } from './commands/graph.js';
import { HashCommand } from './commands/hash.js';
import { commandPage, overviewPage } from './help/help-pages.js';
import { InitCommand } from './commands/init.js';
import { ListCommand } from './commands/ls.js';
import { RemoteAllowCommand, RemoteStatusCommand, RemoteWhoamiCommand } from './commands/remote.js';
import { RunCommand } from './commands/run.js';
import { SchemaCommand } from './commands/schema.js';
import { ValidateCommand } from './commands/validate.js';
import { DiffCommand, WhyCommand } from './commands/why.js';
import { printError } from './print-error.js';
import { withEnvironmentFlags } from './environment-flags.js';

const COMMANDS = [
  Builtins.VersionCommand,
  InitCommand,
  RunCommand,
  CleanCommand,
  ListCommand,
  GraphCommand,
  HashCommand,
  WhyCommand,
  DiffCommand,
  CacheStatusCommand,
  CacheListCommand,
  CacheInspectCommand,
  CacheVerifyCommand,
  CacheGcCommand,
  CacheCleanCommand,
  RemoteStatusCommand,
  RemoteWhoamiCommand,
  RemoteAllowCommand,
  ValidateCommand,
  SchemaCommand,
  CompletionCommand,
];

/** Context that commands get: the agent's own, and what clipanion itself wants. */
export interface CommandContext extends AgentContext {
  readonly colorDepth: number;
  /** All arguments, as they were given. */
  readonly commandLine: readonly string[];
  /** What followed `--`. */
  readonly passedArgs: readonly string[];
}

/** Runs one command line. Resolves to the exit code; never rejects. */
export async function runCli(args: readonly string[], context: AgentContext): Promise<number> {
  const { own, passed } = splitArgs(args);
  const cli = new Cli<CommandContext>({
    binaryName: 'velocity',
    binaryVersion: context.version,
    enableColors: context.hasColor,
  });
  const withTask = bareTask(own) ? ['run', ...own] : [...own];
  for (const command of isHelpWanted(own) ? COMMANDS : commandsOf(withTask)) cli.register(command);
  const commandContext = {
    ...context,
    colorDepth: context.hasColor ? 8 : 1,
    commandLine: args,
    passedArgs: passed,
  } as CommandContext & {
    env: Record<string, string | undefined>;
  };
  try {
    if (isHelpWanted(own)) {
      const words = own.filter((word) => !word.startsWith('-') && word !== 'help');
      context.stdout.write(commandPage(cli, words) ?? overviewPage(cli, context.version));
      return 0;
    }
    const command = cli.process(withEnvironmentFlags(withTask, context.env), commandContext);
    command.cli = miniCli(cli, context);
    return (await command.validateAndExecute()) ?? 0;
  } catch (error) {
    printError(isUsageError(error) ? usageProblem(error) : error, context);
    return 1;
  }
}

/** What clipanion's own `run` hands to commands; that one prints mistakes to stdout, so it is not used. */
function miniCli(cli: Cli<CommandContext>, context: AgentContext): RunCommand['cli'] {
  return {
    binaryName: cli.binaryName,
    ...(cli.binaryVersion !== undefined && { binaryVersion: cli.binaryVersion }),
    enableCapture: false,
    enableColors: context.hasColor,
    definitions: () => cli.definitions(),
    error: (error, options) => cli.error(error, options),
    format: (isColored) => cli.format(isColored),
    process: (input, changes) => cli.process(input, changes as CommandContext),
    run: (input) => runCli(input, context),
    usage: (command, options) => cli.usage(command, { ...options, colored: context.hasColor }),
  };
}

function isHelpWanted(args: readonly string[]): boolean {
  return args.length === 0 || args[0] === 'help' || args.includes('--help') || args.includes('-h');
}

/** Everything after the first `--` belongs to the tasks. */
function splitArgs(args: readonly string[]): { readonly own: readonly string[]; readonly passed: readonly string[] } {
  const end = args.indexOf('--');
  return end === -1 ? { own: args, passed: [] } : { own: args.slice(0, end), passed: args.slice(end + 1) };
}

/** `velocity build` is `velocity run build` where no command has that name. */
function bareTask([first]: readonly string[]): boolean {
  if (first === undefined || first.startsWith('-')) return false;
  return !COMMANDS.some((command) => command.paths?.some(([word]) => word === first));
}

/** Those that begin with the same word: clipanion takes 14 ms to make a machine of all. */
function commandsOf([first]: readonly string[]): readonly CommandClass<CommandContext>[] {
  const named = COMMANDS.filter((command) => command.paths?.some(([word]) => word === first));
  // A completion script knows them all.
  return named.length === 0 || first === 'completion' ? COMMANDS : named;
}

function isUsageError(error: unknown): error is UsageError {
  return (
    error instanceof UsageError ||
    (typeof error === 'object' &&
      error !== null &&
      'clipanion' in error &&
      'name' in error &&
      (error.name === 'UsageError' || error.name === 'UnknownSyntaxError'))
  );
}

function usageProblem(error: Error): unknown {
  const [first = ''] = error.message.split('\n');
  const message = first.replace(/\.$/, '').replace(/^Unknown Syntax Error:\s*/, '');
  return Object.assign(new Error(message, { cause: error }), {
    name: 'VelocityError',
    code: 'USAGE',
    hint: 'see `velocity --help`',
  });
}
