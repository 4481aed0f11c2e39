import type { PlannedTask } from '../plan/planned-task.js';
import type { ProcessCommand } from './task-process.js';

/** What is started for a task, arguments included. */
export function processCommand(task: PlannedTask): ProcessCommand {
  if (task.command?.kind === 'argv') return { kind: 'argv', argv: [...task.command.argv, ...task.args] };
  return { kind: 'shell', text: task.command?.text ?? '', args: task.args };
}

/** The same in one line, for people. */
export function commandText(task: PlannedTask): string {
  const command = processCommand(task);
  return command.kind === 'argv' ? command.argv.join(' ') : [command.text, ...command.args].join(' ');
}
