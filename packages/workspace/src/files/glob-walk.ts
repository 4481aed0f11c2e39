import type { RelativePath } from '@velocity/core';
import { isWithin, type Directory, parentOf } from '../documents/workspace-path.js';
import { selects, type Glob } from './glob.js';
import { isBehindLink, kindOfPath, type PathKind } from './literal-path.js';
import { IGNORED, levelOfFile, walk, type IgnoreLevel, type WalkedDirectory } from './walk.js';

/** How far one positive glob reaches into what is otherwise left out. */
export interface Reach {
  /** Selects what is ignored up to this level. */
  readonly ignored: IgnoreLevel;
  /** Selects what is in excluded folders. */
  readonly excluded: boolean;
}

const NO_REACH: Reach = { ignored: IGNORED.no, excluded: false };

export interface GlobWalk {
  readonly root: string;
  readonly globs: readonly Glob[];
  readonly exclude: ReadonlySet<string>;
  /** Whether a file that is named literally may lie behind a symbolic link. */
  readonly throughLinks: boolean;
  /** Sockets, pipes and devices are selected like files; else they count as missing. */
  readonly withSpecial: boolean;
  /** Asked for globs whose base is a folder. */
  readonly reachOf: (glob: Glob) => Reach;
  /** What is known of a folder before the walk gets there. */
  readonly stateOf: (directory: Directory) => WalkedDirectory;
  /** What would be selected, or entered, but for its name; without it that is an error. */
  readonly onInvalidName?: ((path: RelativePath) => void) | undefined;
}

export interface GlobWalkResult {
  readonly files: Set<RelativePath>;
  readonly emptyDirectories: Set<RelativePath>;
  /** Literal paths at which nothing stands. */
  readonly missing: Set<RelativePath>;
}

/**
 * Selects by ordered globs, walking only below the folders that they name. Links are not followed: a glob whose folder
 * is or lies behind one selects at most that link.
 */
export function walkGlobs({
  root,
  globs,
  exclude,
  throughLinks,
  withSpecial,
  reachOf,
  stateOf,
  onInvalidName,
}: GlobWalk): GlobWalkResult {
  const result: GlobWalkResult = { files: new Set(), emptyDirectories: new Set(), missing: new Set() };
  const kinds = new Map<Glob, PathKind>();
  const reaches = new Map<Glob, Reach>();
  for (const glob of globs) {
    if (glob.isNegative) continue;
    const kind = selectableKind(kindOfPath(root, glob.base), withSpecial);
    kinds.set(glob, kind);
    reaches.set(glob, kind === 'directory' ? reachOf(glob) : NO_REACH);
  }
  const isSelected = (path: RelativePath, parent: WalkedDirectory): boolean =>
    selects(globs, path, (glob) => canSelect(glob, reaches.get(glob) ?? NO_REACH, path, parent));

  const select = (path: RelativePath, parent: WalkedDirectory): void => {
    if (isSelected(path, parent)) result.files.add(path);
  };

  const starts = new Set<Directory>();
  for (const [glob, kind] of kinds) {
    const { start, base, isLiteral } = glob;
    const isReal = (): boolean => !isBehindLink(root, start, base);
    if (kind === 'directory' && isReal()) starts.add(base);
    if (base === '' || kind === 'directory' || !isSelected(base, stateOf(parentOf(base)))) continue;
    if (kind === 'missing' && isLiteral) result.missing.add(base);
    if (kind === 'file' && (throughLinks || isReal())) result.files.add(base);
  }

  for (const start of outermost(starts)) {
    walk(
      {
        root,
        exclude,
        shouldEnter: (child) => [...reaches].some(([glob, reach]) => canReach(glob, reach, child)),
        onFile: select,
        onSpecial: withSpecial ? select : undefined,
        onInvalidName:
          onInvalidName &&
          ((path, parent, kind) => {
            if (kind === 'directory' || isSelected(path, parent)) onInvalidName(path);
          }),
        onEmptyDirectory: (empty) => {
          if (empty.directory !== '' && isSelected(empty.directory, empty))
            result.emptyDirectories.add(empty.directory);
        },
      },
      stateOf(start),
    );
  }
  return result;
}

function selectableKind(kind: PathKind, withSpecial: boolean): PathKind {
  if (kind !== 'special') return kind;
  return withSpecial ? 'file' : 'missing';
}

function canSelect(glob: Glob, reach: Reach, path: string, parent: WalkedDirectory): boolean {
  if (glob.isLiteral && glob.base === path) return true;
  if (parent.isExcluded && !reach.excluded) return false;
  return parent.ignored <= reach.ignored && levelOfFile(path, parent) <= reach.ignored;
}

/** Whether the glob may select something in the folder or below: it lies on the way to its base, or under it and not too deep. */
function canReach(glob: Glob, reach: Reach, { directory, ignored, isExcluded }: WalkedDirectory): boolean {
  if (!isWithin(directory, glob.base)) return isWithin(glob.base, directory);
  if (ignored > reach.ignored || (isExcluded && !reach.excluded)) return false;
  return glob.depth === Infinity || segmentsBelow(directory, glob.base) < glob.depth;
}

function segmentsBelow(directory: string, base: string): number {
  const rest = base === '' ? directory : directory.slice(base.length + 1);
  return rest === '' ? 0 : rest.split('/').length;
}

/** Without those that lie below another one. */
function outermost(directories: ReadonlySet<Directory>): Directory[] {
  const all = [...directories];
  return all.filter((inner) => !all.some((outer) => outer !== inner && isWithin(inner, outer)));
}
