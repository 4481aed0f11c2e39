import { Command, Option } from 'clipanion';
import { ROOT_PACKAGE } from '@velocity/workspace';
import { VelocityCommand } from './velocity-command.js';

export class ListCommand extends VelocityCommand {
  static override paths = [['ls']];
  static override usage = Command.Usage({
    category: 'Look',
    description: 'list packages and their tasks',
    examples: [
      ['For people', '$0 ls'],
      ['For programs', '$0 ls --json'],
    ],
  });

  json = Option.Boolean('--json', false, { description: 'As JSON.' });

  override async execute(): Promise<number> {
    const { listTasks } = await import('../workspace/list-tasks.js');
    const workspace = this.openWorkspace();
    const rows = workspace.packages.map((entry) => ({
      name: entry.name,
      directory: entry.directory,
      languages: entry.languages,
      dependencies: entry.dependencies,
      tasks: listTasks(workspace, entry)
        .filter(({ config }) => config.command !== undefined)
        .map(({ name }) => name),
    }));
    if (this.json) {
      this.print(JSON.stringify({ root: workspace.root, packages: rows }, undefined, 2));
      return 0;
    }
    const shown = rows.filter(({ name, tasks }) => name !== ROOT_PACKAGE || tasks.length > 0);
    const width = shown.reduce((longest, { name }) => Math.max(longest, name.length), 0);
    for (const { name, directory, tasks } of shown)
      this.print(`${name.padEnd(width)}  ${directory || '.'}  ${tasks.join(' ')}`.trimEnd());
    return 0;
  }
}
