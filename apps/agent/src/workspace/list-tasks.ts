import type { Package } from '@velocity/workspace';
import type { TaskConfig } from '../config/types.js';
import type { OpenWorkspace } from './open-workspace.js';
import { resolveTask } from './resolve-task.js';

/** Every task that a package has by configuration, sorted by name. */
export function listTasks(
  workspace: OpenWorkspace,
  owner: Package,
): { readonly name: string; readonly config: TaskConfig }[] {
  const { config } = workspace;
  const own = workspace.packageConfigs.get(owner.name);
  const prefix = `${owner.name}#`;
  const overrides = [...config.overrides.keys()]
    .filter((id) => id.startsWith(prefix))
    .map((id) => id.slice(prefix.length));
  const names = new Set([...config.pipeline.keys(), ...(own?.pipeline.keys() ?? []), ...overrides]);
  return [...names].sort().flatMap((name) => {
    const resolved = resolveTask(workspace, owner, name);
    return resolved === undefined ? [] : [{ name, config: resolved }];
  });
}
