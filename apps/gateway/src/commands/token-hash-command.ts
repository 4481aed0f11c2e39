import { VelocityError } from '@velocity/core';
import { Command } from 'clipanion';
import { parseToken } from '../config/parsers.js';
import { hashToken } from '../token-format.js';
import type { CliContext } from './cli-context.js';
import { printFailure } from './print-failure.js';

/** From stdin: arguments are seen by everyone on the machine, and kept by shells. */
export class TokenHashCommand extends Command<CliContext> {
  static override paths = [['token', 'hash']];
  static override usage = Command.Usage({
    description: 'Print the SHA-256 of the token on stdin, as VC_TOKENS_FILE holds it',
  });

  override async execute(): Promise<number> {
    const { stdin, stdout, stderr } = this.context;
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of stdin) chunks.push(Buffer.from(chunk as Buffer));
      const token = Buffer.concat(chunks).toString('utf8').trim();
      if (token === '')
        throw new VelocityError('USAGE', 'no token on stdin', {
          hint: 'printf %s "$TOKEN" | velocity-server token hash',
        });
      stdout.write(`${hashToken(parseToken(token))}\n`);
      return 0;
    } catch (error) {
      printFailure(stderr, error);
      return 1;
    }
  }
}
