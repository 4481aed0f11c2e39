import { Command, Option } from 'clipanion';
import { StoreReadingCommand } from './store-reading-command.js';

export class WhyCommand extends StoreReadingCommand {
  static override paths = [['why']];
  static override usage = Command.Usage({
    category: 'Look',
    description: 'explain why a task would run, or why not',
    details: `
      Compares what decides the task's key now with an earlier result: the last one of this checkout, else the newest of the local store,
      else the newest of the remote. Executes nothing. Values of environment variables are never shown, only that they differ.
    `,
    examples: [
      ['Against the last result', '$0 why web#build'],
      ['Against a stored result, by the beginning of its key', '$0 why web#build --vs 3f9a2c1d'],
      ['Against a run on CI, by the file that its --summarize wrote', '$0 why web#build --vs run-from-ci.json'],
    ],
  });

  task = Option.String({ required: true, name: 'pkg#task' });
  vs = Option.String('--vs', {
    description: 'last, a key or the beginning of one, or the id or file of a summarized run.',
  });

  override async execute(): Promise<number> {
    const { why } = await import('../actions/why.js');
    const { task, vs, json: isJson, stores } = this;
    return why(this.inspectWorkspace(), this.context, { task, vs, isJson, stores });
  }
}

export class DiffCommand extends StoreReadingCommand {
  static override paths = [['diff']];
  static override usage = Command.Usage({
    category: 'Look',
    description: 'say in what two stored results differ, of everything that decides a key',
    examples: [['Two keys, or the beginnings of keys', '$0 diff 3f9a2c1d 99b01e7a']],
  });

  before = Option.String({ required: true, name: 'key' });
  after = Option.String({ required: true, name: 'other key' });

  override async execute(): Promise<number> {
    const { diff } = await import('../actions/diff.js');
    const { before, after, json: isJson, stores } = this;
    return diff(this.openWorkspace(), this.context, { before, after, isJson, stores });
  }
}
