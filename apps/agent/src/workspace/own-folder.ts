import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from '@velocity/core';

/** A path in `.velocity`, the folder of the workspace in which the agent keeps what this checkout knows. */
export function ownPath(root: string, ...segments: string[]): string {
  return join(root, '.velocity', ...segments);
}

/** Makes the folder ignore itself, so that no repository has to. Failing to is no error: git then shows a folder more. */
export function hideOwnFolder(root: string): void {
  const file = ownPath(root, '.gitignore');
  if (existsSync(file)) return;
  try {
    replaceFile(file, '*\n');
  } catch {
    // The workspace cannot be written: then there is nothing to hide.
  }
}
