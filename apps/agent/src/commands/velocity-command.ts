import { Command, Option } from 'clipanion';
import { resolve } from 'node:path';
import type { CommandContext } from '../cli.js';
import { assertSound, openWorkspace, type OpenWorkspace } from '../workspace/open-workspace.js';

/** What all commands share. */
export abstract class VelocityCommand extends Command<CommandContext> {
  cwd = Option.String('--cwd', { description: 'Work in this folder instead of the current one.' });

  protected get directory(): string {
    return resolve(this.context.cwd, this.cwd ?? '.');
  }

  /** @throws ProblemsError for a workspace with mistakes in it */
  protected openWorkspace(): OpenWorkspace {
    const workspace = this.inspectWorkspace();
    assertSound(workspace);
    return workspace;
  }

  /** With its mistakes: for commands that build the graph and tell them together with those of the tasks. */
  protected inspectWorkspace(): OpenWorkspace {
    return openWorkspace({ cwd: this.directory, env: this.context.env });
  }

  protected print(text: string): void {
    this.context.stdout.write(`${text}\n`);
  }
}
