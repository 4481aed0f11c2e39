import { Builtins, Cli } from 'clipanion';
import type { CliContext } from './commands/cli-context.js';
import { DoctorCommand } from './commands/doctor-command.js';
import { HelpCommand } from './commands/help-command.js';
import { ServeCommand } from './commands/serve-command.js';
import { SweepCommand } from './commands/sweep-command.js';
import { VERSION } from './version.js';

/** Runs one command line; resolves to its exit code. */
export async function runCli(argv: readonly string[], context: CliContext): Promise<number> {
  const cli = new Cli<CliContext>({
    binaryName: 'velocity-server',
    binaryLabel: 'VelocityCache gateway',
    binaryVersion: VERSION,
    enableColors: context.colorDepth > 1,
  });
  cli.register(HelpCommand);
  cli.register(Builtins.VersionCommand);
  cli.register(ServeCommand);
  cli.register(SweepCommand);
  cli.register(DoctorCommand);
  try {
    cli.process([...argv], context);
  } catch (error) {
    // Clipanion writes mistakes of usage to stdout; they belong where errors are looked for.
    context.stderr.write(cli.error(error));
    return 1;
  }
  return cli.run([...argv], context);
}
