import type { ManifestReader } from '../documents/manifest-reader.js';
import { stringsOf } from '../documents/shape.js';
import { escapeRegExp } from '../documents/text-position.js';
import { resolveDirectory, type Directory } from '../documents/workspace-path.js';
import { literalSegment } from '../files/pattern.js';
import { cargoPathMembers } from '../manifests/cargo-manifest.js';
import { parseGoFile } from '../manifests/go-manifest.js';
import { npmWorkspaceGlobs } from '../manifests/npm-manifest.js';
import type { MemberDeclaration, ParsedManifest } from '../manifests/parsed-manifest.js';
import { expandDirectories } from './expand-directories.js';

/** A package of an npm workspace may also be one that only velocity.yml describes. */
const NPM_MEMBER = ['package.json', 'velocity.yml', 'velocity.yaml', 'polykit.toml'];

/** What the files in a folder make part of the workspace. */
export function declarationsIn(
  reader: ManifestReader,
  directory: Directory,
  manifests: readonly ParsedManifest[],
  names: readonly string[],
): readonly MemberDeclaration[] {
  const own = manifests.flatMap((manifest) => manifest.members);
  const path = (file: string): string => (directory === '' ? file : `${directory}/${file}`);
  if (names.includes('go.work')) {
    const { uses } = parseGoFile(reader.text(path('go.work')) ?? '');
    own.push({ file: path('go.work'), directory, globs: uses, manifests: ['go.mod'], isStrict: true });
  }
  const npm = directory === '' ? npmDeclaration(reader, manifests, names) : undefined;
  return npm === undefined ? own : [npm, ...own];
}

/** Folders that a manifest leads to by a path and that belong to the workspace for it: Cargo's, Go's and Python's, not npm's. */
export function pathMembers(manifests: readonly ParsedManifest[]): readonly Directory[] {
  return manifests.filter((manifest) => manifest.kind !== 'npm').flatMap(cargoPathMembers);
}

/** The folders of a declaration, with the names of what stands in each. A literal one that is not there is reported. */
export function expandDeclaration(
  reader: ManifestReader,
  { file, directory, globs, manifests, isStrict }: MemberDeclaration,
): ReadonlyMap<Directory, readonly string[]> {
  const all = expandDirectories(reader, directory, globs);
  const members = new Map([...all].filter(([, names]) => manifests.some((manifest) => names.includes(manifest))));
  for (const glob of isStrict ? globs : []) {
    const isLiteral =
      !glob.startsWith('!') && glob.split('/').every((segment) => literalSegment(segment) !== undefined);
    if (!isLiteral) continue;
    const target = resolveDirectory(directory, glob);
    if (target !== undefined && (members.has(target) || isNegated(globs, glob))) continue;
    const what = target === undefined ? 'lies outside of the workspace' : `has no ${manifests[0]}`;
    const hint = 'correct the path, or remove it';
    reader.report('missing-member', file, `member ${JSON.stringify(glob)} ${what}`, {
      at: new RegExp(`(?<![\\w./-])${escapeRegExp(glob)}(?![\\w/-])`),
      hint,
    });
  }
  return members;
}

function isNegated(globs: readonly string[], glob: string): boolean {
  return globs.includes(`!${glob}`);
}

function npmDeclaration(
  reader: ManifestReader,
  manifests: readonly ParsedManifest[],
  names: readonly string[],
): MemberDeclaration | undefined {
  const common = { directory: '', manifests: NPM_MEMBER, isStrict: false } as const;
  if (names.includes('pnpm-workspace.yaml')) {
    const globs = stringsOf(reader.document('pnpm-workspace.yaml')?.['packages']);
    // pnpm takes negative globs for exceptions, wherever they stand.
    const isNegative = (glob: string): boolean => glob.startsWith('!');
    const ordered = [...globs.filter((glob) => !isNegative(glob)), ...globs.filter(isNegative)];
    return { ...common, file: 'pnpm-workspace.yaml', globs: ordered };
  }
  const packageJson = manifests.find((manifest) => manifest.kind === 'npm')?.packageJson;
  const globs = packageJson === undefined ? undefined : npmWorkspaceGlobs(packageJson);
  return globs === undefined ? undefined : { ...common, file: 'package.json', globs };
}
