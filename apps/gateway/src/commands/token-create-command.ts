import { parseDuration, VelocityError } from '@velocity/core';
import { Command, Option } from 'clipanion';
import type { TokenEntry } from '../config/tokens-file.js';
import { parseTokenEntry } from '../config/tokens-file.js';
import { machine } from '../machine.js';
import { createToken, hashToken } from '../token-format.js';
import type { CliContext } from './cli-context.js';
import { printFailure } from './print-failure.js';

export class TokenCreateCommand extends Command<CliContext> {
  static override paths = [['token', 'create']];
  static override usage = Command.Usage({
    description: 'Make a token, and print it with its line for VC_TOKENS_FILE',
    details: `
      The first line of stdout is the token, which is kept nowhere: it cannot be shown again. The second one is for the tokens file, and holds
      its SHA-256. Without a role the token reads.
    `,
    examples: [
      ['For CI on main', '$0 token create --name ci-main --role trusted-writer --expires 90d'],
      ['For the pull requests of one team', '$0 token create --name pr-web --role scoped-writer --scope pr-web'],
    ],
  });

  name = Option.String('--name', {
    description: 'Shown in logs, records and whoami (the role and a piece of the hash)',
  });
  role = Option.String('--role', 'reader', { description: 'reader, scoped-writer or trusted-writer' });
  namespace = Option.String('--namespace', { description: 'Its namespace (the VC_NAMESPACE of the gateway)' });
  scope = Option.String('--scope', { description: 'Where a scoped-writer writes' });
  expires = Option.String('--expires', { description: 'When it ends, from now, such as 90d (never)' });

  override async execute(): Promise<number> {
    const { stdout, stderr } = this.context;
    try {
      const token = createToken(machine.randomBytes);
      const entry = this.#entryOf(token);
      stdout.write(`${token}\n${JSON.stringify(entry)}\n`);
      stderr.write('the token is shown only now; its line above is for VC_TOKENS_FILE, in force within a second\n');
      return 0;
    } catch (error) {
      printFailure(stderr, error);
      return 1;
    }
  }

  /** @throws VelocityError `USAGE` for what no tokens file may hold */
  #entryOf(token: string): Partial<TokenEntry> {
    const { role, namespace, scope, expires } = this;
    const sha256 = hashToken(token);
    const entry = {
      name: this.name ?? `${role}-${sha256.slice(0, 8)}`,
      sha256,
      role,
      ...(namespace !== undefined && { namespace }),
      ...(scope !== undefined && { scope }),
      ...(expires !== undefined && { not_after: endOf(expires) }),
    };
    const checked = parseTokenEntry(entry, 'token create', 'default');
    if (checked.ok) return entry as TokenEntry;
    throw new VelocityError('USAGE', checked.problems.map(({ message }) => message).join('; '), {
      hint: 'velocity-server token create --help says what there is',
    });
  }
}

/** In whole seconds: a person reads and edits it. */
function endOf(expires: string): string {
  const lifetimeMs = parseDuration(expires);
  const end = new Date(machine.now() + lifetimeMs);
  if (lifetimeMs === 0 || Number.isNaN(end.getTime()) || end.getUTCFullYear() > 9999) {
    throw new VelocityError('USAGE', `--expires ${expires} is no time to come`, { hint: 'such as 12h, 90d or 52w' });
  }
  return end.toISOString().replace(/\.\d+Z$/, 'Z');
}
