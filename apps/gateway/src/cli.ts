import { Builtins, Cli } from 'clipanion';
import type { CliContext } from './commands/cli-context.js';
import { AuditVerifyCommand } from './commands/audit-verify-command.js';
import { DoctorCommand } from './commands/doctor-command.js';
import { ForgetCommand } from './commands/forget-command.js';
import { HelpCommand } from './commands/help-command.js';
import { ServeCommand } from './commands/serve-command.js';
import { SweepCommand } from './commands/sweep-command.js';
import { TokenCreateCommand } from './commands/token-create-command.js';
import { TokenHashCommand } from './commands/token-hash-command.js';
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
  cli.register(ForgetCommand);
  cli.register(AuditVerifyCommand);
  cli.register(TokenCreateCommand);
  cli.register(TokenHashCommand);
  try {
    cli.process([...argv], context);
  } catch (error) {
    // Clipanion writes mistakes of usage to stdout; they belong where errors are looked for.
    context.stderr.write(cli.error(error));
    return 1;
  }
  return cli.run([...argv], context);
}
