import type { Package } from '@velocity/workspace';
import { resolveTaskConfig } from '../config/resolve-task-config.js';
import type { TaskConfig } from '../config/types.js';
import type { OpenWorkspace } from './open-workspace.js';

/** What a task of a package is; undefined when the package has none of that name. */
export function resolveTask(workspace: OpenWorkspace, owner: Package, name: string): TaskConfig | undefined {
  return resolveTaskConfig(workspace.config, workspace.packageConfigs.get(owner.name), owner.name, name, {
    scripts: owner.scripts,
    isWholeWorkspace: workspace.packages.length === 1,
  });
}
