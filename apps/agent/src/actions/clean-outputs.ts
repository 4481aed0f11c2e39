import { join } from 'node:path';
import { selectOutputs } from '@velocity/workspace';
import { selectNames } from '../plan/build-graph.js';
import { removeOutputs, TrackedFiles } from '../run/owned-outputs.js';
import { listTasks } from '../workspace/list-tasks.js';
import type { OpenWorkspace } from '../workspace/open-workspace.js';

/** Removes what the tasks of the selected packages declare as outputs. @returns how many files, links and empty folders went */
export async function cleanOutputs(
  workspace: OpenWorkspace,
  options: { readonly filters: readonly string[]; readonly isDry: boolean; readonly tempDir: string },
): Promise<number> {
  const { root, packages } = workspace;
  const tracked = new TrackedFiles(root);
  const names = new Set(selectNames(packages, { filters: options.filters, directory: '' }));
  let count = 0;
  for (const owner of packages.filter(({ name }) => names.has(name))) {
    for (const { name, config } of listTasks(workspace, owner)) {
      if (config.outputs.length === 0) continue;
      const where = { root, directory: owner.directory, globs: config.outputs };
      if (options.isDry) count += await countUntracked(selectOutputs(where), tracked);
      else {
        const trashDir = join(options.tempDir, `${count}-${name.replace(/[^\w-]/g, '_')}`);
        const { paths, deleted } = await removeOutputs({ ...where, tracked, trashDir });
        await deleted;
        count += paths.length;
      }
    }
  }
  return count;
}

async function countUntracked(paths: readonly string[], tracked: TrackedFiles): Promise<number> {
  let count = 0;
  for (const path of paths) if (!(await tracked.has(path))) count += 1;
  return count;
}
