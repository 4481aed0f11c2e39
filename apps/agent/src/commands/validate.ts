import { Command } from 'clipanion';
import { VelocityCommand } from './velocity-command.js';

export class ValidateCommand extends VelocityCommand {
  static override paths = [['validate']];
  static override usage = Command.Usage({
    category: 'Setup',
    description: 'check configuration, dependencies and outputs without running anything',
  });

  override async execute(): Promise<number> {
    const { validateWorkspace } = await import('../actions/validate-workspace.js');
    const { packageCount, taskCount } = validateWorkspace(this.inspectWorkspace());
    this.print(`ok: ${packageCount} packages, ${taskCount} tasks`);
    return 0;
  }
}
