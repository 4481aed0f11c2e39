import { compareCodeUnits } from '@velocity/core';
import type { ManifestReader } from '../documents/manifest-reader.js';
import { escapeRegExp } from '../documents/text-position.js';
import type { DeclaredDependency, ParsedManifest } from '../manifests/parsed-manifest.js';
import { pythonName } from '../manifests/python-manifest.js';
import type { Manifest, ManifestKind, Package } from '../package.js';
import type { NamedPackage } from './name-packages.js';

/** Finds the edges between packages; what a manifest requires to be in the workspace and is not, is reported. */
export function linkPackages(reader: ManifestReader, packages: readonly NamedPackage[]): readonly Package[] {
  const index = indexPackages(packages);
  return packages.map((source) => linkPackage(reader, source, index));
}

interface PackageIndex {
  readonly byName: ReadonlyMap<string, string>;
  readonly byDirectory: ReadonlyMap<string, string>;
  /** By what the manifests of one kind call them. */
  readonly byManifestName: Readonly<Record<ManifestKind, ReadonlyMap<string, string>>>;
}

function indexPackages(packages: readonly NamedPackage[]): PackageIndex {
  const byManifestName = { npm: new Map(), cargo: new Map(), go: new Map(), python: new Map(), velocity: new Map() };
  // The root comes last: a package that shares the name of the root's manifest is the one that is meant.
  for (const { name, manifests } of [...packages].sort(
    (a, b) => Number(a.directory === '') - Number(b.directory === ''),
  )) {
    for (const manifest of manifests) {
      const names: Map<string, string> = byManifestName[manifest.kind];
      const key = manifest.kind === 'python' ? pythonName(manifest.name ?? '') : (manifest.name ?? '');
      if (key !== '' && !names.has(key)) names.set(key, name);
    }
  }
  return {
    byName: new Map(packages.map(({ name }) => [name, name])),
    byDirectory: new Map(packages.map(({ name, directory }) => [directory, name])),
    byManifestName,
  };
}

function linkPackage(
  reader: ManifestReader,
  { name, directory, manifests }: NamedPackage,
  index: PackageIndex,
): Package {
  const dependencies = new Set<string>();
  const external = new Map<string, string>();
  for (const manifest of manifests) {
    for (const declared of manifest.declared) {
      const target = findTarget(declared, manifest.kind, index);
      if (target !== undefined) dependencies.add(target);
      else if (declared.isRequired) reportUnknown(reader, manifest, declared);
      else if (!external.has(declared.name)) external.set(declared.name, declared.range);
    }
  }
  dependencies.delete(name);
  const packageJson = manifests.find((manifest) => manifest.packageJson !== undefined);
  return {
    name,
    directory,
    manifests: manifests.map(publicManifest),
    languages: [...new Set(manifests.flatMap((manifest) => manifest.languages))],
    scripts: packageJson?.scripts ?? {},
    dependencies: [...dependencies].sort(compareCodeUnits),
    externalDependencies: Object.fromEntries(external),
    ...(packageJson?.packageJson !== undefined && { packageJson: packageJson.packageJson }),
  };
}

function findTarget({ target }: DeclaredDependency, kind: ManifestKind, index: PackageIndex): string | undefined {
  if (target.by === 'nothing') return undefined;
  if (target.by === 'directory') {
    return target.directory === undefined ? undefined : index.byDirectory.get(target.directory);
  }
  const own = kind === 'velocity' ? index.byName.get(target.name) : index.byManifestName[kind].get(target.name);
  // velocity.yml may name a package as its own manifest does.
  return own ?? (kind === 'velocity' ? findByAnyManifest(target.name, index) : undefined);
}

function findByAnyManifest(name: string, { byManifestName, byDirectory }: PackageIndex): string | undefined {
  const { npm, cargo, python, go } = byManifestName;
  return npm.get(name) ?? cargo.get(name) ?? python.get(pythonName(name)) ?? go.get(name) ?? byDirectory.get(name);
}

function reportUnknown(reader: ManifestReader, manifest: ParsedManifest, { name, range }: DeclaredDependency): void {
  const isOwn = manifest.kind === 'velocity';
  const written = isOwn ? JSON.stringify(name) : `${JSON.stringify(name)} (${range})`;
  reader.report('unknown-dependency', manifest.path, `depends on ${written}, which is no package of the workspace`, {
    at: new RegExp(`(?<![\\w@/.-])${escapeRegExp(name).replaceAll('\\-', '[-_.]')}(?![\\w@/.-])`, 'i'),
    hint: isOwn ? 'name a package of the workspace' : 'add its folder to the workspace, or correct the name',
  });
}

function publicManifest({ kind, path, name, dependencies }: ParsedManifest): Manifest {
  return { kind, path, ...(name !== undefined && { name }), dependencies };
}
