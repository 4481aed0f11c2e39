import { isAbsolute, relative, sep } from 'node:path';
import type { TaskGraph } from '@velocity/graph';
import { selectOutputs } from '@velocity/workspace';
import type { TaskPayload } from '../plan/build-graph.js';
import { TrackedFiles } from '../run/owned-outputs.js';
import type { OpenWorkspace } from '../workspace/open-workspace.js';

/**
 * What scratch copies go without, relative to the workspace: the agent's own folders, and what the tasks of the graph would write
 * themselves, so that each execution starts as on a machine that never built. Files that git tracks are never among it.
 */
export async function leftOutPaths(
  workspace: OpenWorkspace,
  graph: TaskGraph<TaskPayload>,
  ownFolders: readonly string[],
): Promise<ReadonlySet<string>> {
  const { root } = workspace;
  const leftOut = new Set(['.velocity']);
  for (const folder of ownFolders) {
    const path = relative(root, folder);
    const isInside = path !== '' && path !== '..' && !path.startsWith(`..${sep}`) && !isAbsolute(path);
    if (isInside) leftOut.add(path.split(sep).join('/'));
  }
  const directories = new Map(workspace.packages.map((entry) => [entry.name, entry.directory]));
  const tracked = new TrackedFiles(root);
  for (const node of graph.tasks.values()) {
    const directory = directories.get(node.package);
    const { command, outputs: globs } = node.definition.config;
    if (directory === undefined || command === undefined || globs.length === 0) continue;
    for (const path of selectOutputs({ root, directory, globs })) if (!(await tracked.has(path))) leftOut.add(path);
  }
  return leftOut;
}
