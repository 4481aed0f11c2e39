import { Command, Option } from 'clipanion';
import { VelocityCommand } from './velocity-command.js';

export class HashCommand extends VelocityCommand {
  static override paths = [['hash']];
  static override usage = Command.Usage({
    category: 'Look',
    description: 'print the cache key of a task, or with --json everything that decides it',
    examples: [
      ['The key', '$0 hash web#build'],
      ['The whole fingerprint', '$0 hash web#build --json'],
    ],
  });

  task = Option.String({ required: true, name: 'pkg#task' });
  json = Option.Boolean('--json', false, { description: 'Print the fingerprint, too.' });

  override async execute(): Promise<number> {
    const { hashTask } = await import('../actions/hash-task.js');
    const { key, fingerprint } = await hashTask(this.inspectWorkspace(), this.context, this.task);
    this.print(this.json ? JSON.stringify({ key, fingerprint }, undefined, 2) : key);
    return 0;
  }
}
