import type { RelativePath } from '@velocity/core';

/** `velocity` stands for velocity.yml, velocity.yaml and polykit.toml. */
export type ManifestKind = 'npm' | 'cargo' | 'go' | 'python' | 'velocity';

/** One file that describes a package. */
export interface Manifest {
  readonly kind: ManifestKind;
  readonly path: RelativePath;
  /** The name that this file gives, which need not be that of the package: a folder may have several manifests. */
  readonly name?: string;
  /** Everything this file declares, in the workspace or not: names to ranges, as written. */
  readonly dependencies: Readonly<Record<string, string>>;
}

/** A folder of the workspace that has tasks of its own. One folder is one package, however many manifests it has. */
export interface Package {
  /** Unique in the workspace; that of the root is `//`. */
  readonly name: string;
  /** Relative to the workspace; empty for the root. */
  readonly directory: RelativePath | '';
  /** In the order in which they may name the package: velocity.yml, polykit.toml, package.json, Cargo.toml, pyproject.toml, go.mod. */
  readonly manifests: readonly Manifest[];
  /** `javascript` (TypeScript too), `rust`, `go`, `python`, or what velocity.yml says. */
  readonly languages: readonly string[];
  /** The scripts of package.json. */
  readonly scripts: Readonly<Record<string, string>>;
  /** Names of the workspace's packages that this one depends on, sorted by code unit; never its own. */
  readonly dependencies: readonly string[];
  /** Everything else that the manifests ask for: names to ranges, as written. */
  readonly externalDependencies: Readonly<Record<string, string>>;
  /** package.json as parsed, where there is a valid one. */
  readonly packageJson?: Readonly<Record<string, unknown>>;
}

/** Name of the package at the root of every workspace. */
export const ROOT_PACKAGE = '//';
