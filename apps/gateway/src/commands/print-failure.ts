import type { Writable } from 'node:stream';
import { isVelocityError } from '@velocity/core';
import type { ConfigProblem } from '../config/config.js';

/** A person's mistake: one line and a hint. A bug: its stack. */
export function printFailure(stderr: Writable, error: unknown): void {
  if (isVelocityError(error)) {
    stderr.write(`velocity-server: ${error.message}\n${error.hint === undefined ? '' : `  ${error.hint}\n`}`);
    return;
  }
  const stack = typeof error === 'object' && error !== null && 'stack' in error ? error.stack : error;
  stderr.write(`velocity-server: ${String(stack)}\n`);
}

/** All of them at once: `VC_PORT: not a port: x`, and what to do on the line below. */
export function printProblems(stderr: Writable, problems: readonly ConfigProblem[]): void {
  stderr.write(
    `velocity-server: ${problems.length === 1 ? '1 problem' : `${problems.length} problems`} in the configuration\n`,
  );
  for (const { where, message, hint } of problems) {
    stderr.write(`  ${where}: ${message}\n${hint === undefined ? '' : `    ${hint}\n`}`);
  }
}
