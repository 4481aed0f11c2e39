import { checkConfig } from './check-config.js';
import { packageProblems } from './config-rules.js';
import { normalizePackage } from './normalize-config.js';
import { readConfigFile } from './read-config-file.js';
import { PackageSchema } from './schema.js';
import { PACKAGE_SHAPE } from './shapes.js';
import type { LoadPackageConfigResult } from './types.js';

export interface LoadPackageConfigOptions {
  /** Absolute path of the workspace. */
  readonly root: string;
  /** Of the package, relative to the root, with `/`. The root itself, `''`, has no package file. */
  readonly directory: string;
}

/** The `velocity.yml` of one package, where it has one. Mistakes are reported as those of the root's file are. */
export function loadPackageConfig({ root, directory }: LoadPackageConfigOptions): LoadPackageConfigResult {
  if (directory === '') return { ok: true };
  const read = readConfigFile(root, directory);
  if (read.status === 'absent') return { ok: true };
  if (read.status === 'broken') return { ok: false, diagnostics: read.diagnostics };
  const format = { schema: PackageSchema, shape: PACKAGE_SHAPE, rules: packageProblems };
  const checked = checkConfig(read.file, read.source, format);
  if (!checked.ok) return { ok: false, diagnostics: checked.diagnostics, source: read.source };
  return { ok: true, config: normalizePackage(checked.value, read.file, directory, checked.locate) };
}
