import { Command, Option } from 'clipanion';
import { resolve } from 'node:path';
import type { CommandContext } from '../cli.js';
import { openWorkspace, type OpenWorkspace } from '../workspace/open-workspace.js';

/** What all commands share. */
export abstract class VelocityCommand extends Command<CommandContext> {
  cwd = Option.String('--cwd', { description: 'Work in this folder instead of the current one.' });

  protected get directory(): string {
    return resolve(this.context.cwd, this.cwd ?? '.');
  }

  protected openWorkspace(): OpenWorkspace {
    return openWorkspace({ cwd: this.directory, env: this.context.env });
  }

  protected print(text: string): void {
    this.context.stdout.write(`${text}\n`);
  }
}
