import { Command, Option } from 'clipanion';
import { VelocityCommand } from './velocity-command.js';

export class CompletionCommand extends VelocityCommand {
  static override paths = [['completion']];
  static override usage = Command.Usage({
    category: 'Setup',
    description: 'print a completion script for bash, zsh, fish or powershell',
    examples: [['For this shell', 'source <($0 completion bash)']],
  });

  shell = Option.String({ required: true, name: 'shell' });

  override async execute(): Promise<number> {
    const { completionScript } = await import('../actions/completion-script.js');
    const { choice } = await import('../actions/choice.js');
    const shell = choice('completion', this.shell, ['bash', 'zsh', 'fish', 'powershell'], 'bash');
    const words = [...new Set(this.cli.definitions().flatMap(({ path }) => path.split(' ')[1] ?? []))]
      .filter((word) => !word.startsWith('-'))
      .sort();
    this.context.stdout.write(completionScript(shell, words));
    return 0;
  }
}
