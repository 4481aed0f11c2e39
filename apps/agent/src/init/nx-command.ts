import { posix } from 'node:path';
import type { NxProject } from './nx-target.js';
import { tableAt, type Table } from './source-files.js';

/**
 * The command of a target that is one: `command`, or the executor `nx:run-commands` with a single command. nx starts it in
 * the root unless `cwd` says otherwise, velocity in the package. `undefined` for every other executor.
 */
export function nxCommand(target: Table, project: NxProject): string | undefined {
  const options = tableAt(target, 'options');
  const isRunCommands = target['executor'] === 'nx:run-commands';
  const raw =
    typeof target['command'] === 'string' ? target['command'] : isRunCommands ? options['command'] : undefined;
  if (typeof raw !== 'string' || raw.trim() === '') return undefined;
  const command = fill(raw, project);
  const cwd = typeof options['cwd'] === 'string' ? fill(options['cwd'], project) : '.';
  if (/\{[\w.]+\}/.test(command + cwd)) return undefined;
  const way = posix.relative(`/${project.directory}`, posix.join('/', cwd));
  return way === '' ? command : `cd ${/^[\w./-]+$/.test(way) ? way : `'${way}'`} && ${command}`;
}

function fill(text: string, { directory, name }: NxProject): string {
  const root = directory === '' ? '.' : directory;
  return text.replaceAll('{projectRoot}', root).replaceAll('{projectName}', name).replaceAll('{workspaceRoot}', '.');
}
