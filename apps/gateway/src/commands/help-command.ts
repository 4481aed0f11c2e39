import { Command } from 'clipanion';
import { VARIABLES } from '../config/variables.js';
import { VERSION } from '../version.js';
import type { CliContext } from './cli-context.js';

const COMMANDS = {
  'velocity-server': 'run the gateway',
  'velocity-server sweep': 'remove what the retention limits do not keep, once',
  'velocity-server doctor': 'try the store out, and say what it can be trusted with',
  'velocity-server forget <key>': 'remove entries: of a key, --run <id> or --scope <name>',
  'velocity-server audit verify <file>': 'find what was dropped, edited or moved in an audit file',
  'velocity-server token create': 'make a token, and print it with its line for VC_TOKENS_FILE',
  'velocity-server token hash': 'print the SHA-256 of the token on stdin',
};

const FLAGS = {
  '--storage-dir <dir>': 'VC_LOCAL_ROOT',
  '--bind <address>': 'VC_BIND',
  '--port <number>': 'VC_PORT',
  '--max-size <size>': 'VC_MAX_ARTIFACT_SIZE',
  '--log-level <level>': 'VC_LOG_LEVEL',
  '--version, --help': '',
};

/** Everything on one page: clipanion's own overview leaves the variables out. */
export class HelpCommand extends Command<CliContext> {
  static override paths = [['--help'], ['-h'], ['help']];

  override async execute(): Promise<number> {
    const parts = [
      `velocity-server ${VERSION}: the VelocityCache gateway`,
      table(COMMANDS),
      `Flags, each of which wins over its variable:\n${table(FLAGS)}`,
      `Variables, with their defaults:\n${table(VARIABLES)}`,
    ];
    this.context.stdout.write(`${parts.join('\n\n')}\n`);
    return 0;
  }
}

function table(rows: Readonly<Record<string, string>>): string {
  const width = Math.max(...Object.keys(rows).map((name) => name.length));
  return Object.entries(rows)
    .map(([name, meaning]) => `  ${name.padEnd(width)}  ${meaning}`.trimEnd())
    .join('\n');
}
