import { errorMessage, VelocityError } from '@velocity/core';
import { Command, Option } from 'clipanion';
import { readLines } from '../audit/read-lines.js';
import type { AuditVerdict } from '../audit/verify-audit.js';
import { AuditVerifier } from '../audit/verify-audit.js';
import type { CliContext } from './cli-context.js';
import { printFailure } from './print-failure.js';

const MAX_SHOWN = 100;

export class AuditVerifyCommand extends Command<CliContext> {
  static override paths = [['audit', 'verify']];
  static override usage = Command.Usage({
    description: 'Find what was dropped, edited, moved, put in or cut off in audit files',
    details: `
      Several files are read as one, the oldest first. Ends with 0 when nothing was found. Lines dropped from the very end leave the rest whole:
      --head names the hash of a line that has to be there, as another place keeps it.
    `,
    examples: [['A file and the one it goes on from', '$0 audit verify audit.jsonl.1 audit.jsonl']],
  });

  files = Option.Rest({ required: 1 });
  head = Option.String('--head', { description: 'Hash of a line that has to be there' });

  override async execute(): Promise<number> {
    const { stdout, stderr } = this.context;
    try {
      const verifier = new AuditVerifier();
      for (const path of this.files) await addLines(verifier, path);
      const verdict = verifier.finish(this.head);
      const { problems } = verdict;
      for (const { where, message } of problems.slice(0, MAX_SHOWN)) stdout.write(`${where}: ${message}\n`);
      if (problems.length > MAX_SHOWN) stdout.write(`and ${problems.length - MAX_SHOWN} more\n`);
      stdout.write(summaryOf(verdict));
      return problems.length === 0 ? 0 : 1;
    } catch (error) {
      printFailure(stderr, error);
      return 1;
    }
  }
}

async function addLines(verifier: AuditVerifier, path: string): Promise<void> {
  try {
    for await (const line of readLines(path)) verifier.add(line);
  } catch (error) {
    throw new VelocityError('USAGE', `cannot read the audit file: ${errorMessage(error)}`, { cause: error });
  }
}

function summaryOf({ lines, chains, problems, openChains, head }: AuditVerdict): string {
  const verdict = problems.length === 0 ? 'sound' : problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  const open =
    openChains === 0
      ? ''
      : `${openChains} of them without an end: still running, killed, or their last lines are missing\n`;
  return `${verdict}: ${lines} lines of ${chains} processes\n${open}${head === undefined ? '' : `head ${head}\n`}`;
}
