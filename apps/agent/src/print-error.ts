import { isVelocityError } from '@velocity/core';
import type { AgentContext } from './agent-context.js';
import { ProblemsError } from './problems-error.js';
import { createStyle } from './reporters/style.js';

/** A person's mistake is one line and a hint, several are one line each; a bug of ours shows its stack. */
export function printError(error: unknown, context: AgentContext): void {
  const style = createStyle(context.hasColor);
  const write = (line: string): void => void context.stderr.write(`${line}\n`);
  if (error instanceof ProblemsError) for (const problem of error.problems) write(problem);
  if (isVelocityError(error)) {
    write(`${style.red('error')} ${error.message}`);
    if (error.hint !== undefined) write(`${style.dim('hint')}  ${error.hint}`);
    return;
  }
  if (error instanceof AggregateError) {
    for (const inner of error.errors) printError(inner, context);
    return;
  }
  write(`${style.red('error')} this is a bug in velocity; please report it with what follows`);
  write(typeof error === 'object' && error !== null && 'stack' in error ? String(error.stack) : String(error));
}
