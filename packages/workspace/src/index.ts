export { compileGlobs } from './files/compile-globs.js';
export { discoverPackages } from './discover-packages.js';
export { findWorkspaceRoot } from './find-workspace-root.js';
export { IgnoreCache } from './files/ignore-cache.js';
export { listFiles } from './files/list-files.js';
export { lockfileClosures } from './lockfile-closures.js';
export { matchGlobs } from './files/match-globs.js';
export { ROOT_PACKAGE } from './package.js';
export { selectOutputs } from './files/select-outputs.js';

export type { CompiledGlobs } from './files/compile-globs.js';
export type { DiscoverOptions, Discovery } from './discover-packages.js';
export type { Directory } from './documents/workspace-path.js';
export type { ListFilesOptions } from './files/list-files.js';
export type { LockfileClosures, LockfileOptions } from './lockfile-closures.js';
export type { GlobMatches, MatchGlobsOptions } from './files/match-globs.js';
export type { Manifest, ManifestKind, Package } from './package.js';
export type { SelectOutputsOptions } from './files/select-outputs.js';
export type { WorkspaceProblem, WorkspaceProblemKind } from './problem.js';
