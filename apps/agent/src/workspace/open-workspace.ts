import { ROOT_PACKAGE, discoverPackages, findWorkspaceRoot, type Package } from '@velocity/workspace';
import { VelocityError } from '@velocity/core';
import { loadConfig } from '../config/load-config.js';
import { loadPackageConfig } from '../config/load-package-config.js';
import { formatDiagnostic } from '../config/format-diagnostic.js';
import type { PackageConfig, VelocityConfig } from '../config/types.js';
import { ProblemsError } from '../problems-error.js';

/** A workspace as its files describe it. */
export interface OpenWorkspace {
  readonly root: string;
  readonly config: VelocityConfig;
  readonly packages: readonly Package[];
  /** By the name of the package; those without a velocity.yml of their own have none. */
  readonly packageConfigs: ReadonlyMap<string, PackageConfig>;
  /** What is wrong with manifests and packages' own files, with file, line and column; what is sound is there all the same. */
  readonly problems: readonly string[];
}

/**
 * Reads configuration and packages; runs nothing.
 * @throws VelocityError `CONFIG_NOT_FOUND`; {@link ProblemsError} with every mistake of the workspace's velocity.yml
 */
export function openWorkspace(options: {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}): OpenWorkspace {
  const root = findWorkspaceRoot(options.cwd);
  if (root === undefined) throw notFound(options.cwd);
  const loaded = loadConfig({ root, env: options.env });
  if (!loaded.ok) {
    if (loaded.reason === 'absent') throw notFound(root);
    throw invalid(loaded.diagnostics.map((diagnostic) => formatDiagnostic(diagnostic, loaded.source)));
  }
  const { config } = loaded;
  const { packages, problems } = discoverPackages({
    root,
    ...(config.packages !== undefined && { packages: config.packages }),
  });
  const packageConfigs = new Map<string, PackageConfig>();
  const texts = problems.map((problem) =>
    formatDiagnostic({ line: 1, column: 1, ...problem, ...(problem.hint !== undefined && { hint: problem.hint }) }),
  );
  for (const { name, directory, manifests } of packages) {
    if (name === ROOT_PACKAGE || !manifests.some(({ kind }) => kind === 'velocity')) continue;
    const own = loadPackageConfig({ root, directory });
    if (!own.ok) texts.push(...own.diagnostics.map((diagnostic) => formatDiagnostic(diagnostic, own.source)));
    else if (own.config !== undefined) packageConfigs.set(name, own.config);
  }
  return { root, config, packages, packageConfigs, problems: [...new Set(texts)] };
}

/** @throws {@link ProblemsError} when anything is wrong with the workspace's packages */
export function assertSound(workspace: OpenWorkspace): void {
  if (workspace.problems.length > 0) throw invalid(workspace.problems);
}

function notFound(directory: string): VelocityError {
  return new VelocityError('CONFIG_NOT_FOUND', `no velocity.yml in ${directory} or above`, {
    hint: 'run `velocity init` to write one',
  });
}

function invalid(problems: readonly string[]): ProblemsError {
  return new ProblemsError(
    'CONFIG_INVALID',
    problems.length === 1 ? 'one problem' : `${problems.length} problems`,
    problems,
  );
}
