import { compileGlobs, type Directory } from '@velocity/workspace';
import { workspacePath } from '../plan/dotenv.js';
import type { OutputOwner } from './overlapping-outputs.js';

/** Tasks that name a file as an input that their own outputs take in: what a task writes is never an input of it, so it would not count. */
export function writtenInputs(tasks: Iterable<OutputOwner & { readonly directory: Directory }>): string[] {
  return [...tasks].flatMap(({ package: owner, task, directory, config }) => {
    if (config.command === undefined || config.outputs.length === 0) return [];
    const outputs = compileGlobs(config.outputs, { directory });
    const named = [...(config.inputs ?? []).filter(isOnePath), ...config.jsonInputs.map(({ file }) => file)];
    return named
      .filter((path) => outputs.matches(workspacePath(directory, path)))
      .map(
        (path) =>
          `${owner}#${task} has ${path} among its inputs and its outputs: what it writes itself cannot be an input`,
      );
  });
}

function isOnePath(glob: string): boolean {
  return !/^[!$](?!ROOT\/)|[*?[\]{}()]/.test(glob);
}
