import { Command, Option } from 'clipanion';
import { VelocityCommand } from './velocity-command.js';

export class CleanCommand extends VelocityCommand {
  static override paths = [['clean']];
  static override usage = Command.Usage({
    category: 'Tasks',
    description: 'remove declared outputs, never a file that git tracks',
    examples: [
      ['Remove what all tasks wrote', '$0 clean'],
      ['Only those of some packages', '$0 clean -F web'],
    ],
  });

  filter = Option.Array('-F,--filter', { description: 'Packages by name, glob or directory.' });
  dry = Option.Boolean('--dry', false, { description: 'Only say what would go.' });

  override async execute(): Promise<number> {
    const { cleanOutputs } = await import('../actions/clean-outputs.js');
    const { openRunFolder } = await import('../run/run-folder.js');
    const workspace = this.openWorkspace();
    using folder = openRunFolder(workspace.root, this.context);
    const options = { filters: this.filter ?? [], isDry: this.dry, tempDir: folder.path };
    const removed = await cleanOutputs(workspace, options);
    this.print(`${this.dry ? 'would remove' : 'removed'} ${removed} ${removed === 1 ? 'file' : 'files'}`);
    return 0;
  }
}
