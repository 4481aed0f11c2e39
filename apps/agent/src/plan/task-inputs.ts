import {
  printablePath,
  VelocityError,
  type FileIndex,
  type FileState,
  type FingerprintInput,
  type RelativePath,
} from '@velocity/core';
import {
  listFiles,
  matchGlobs,
  type CompiledGlobs,
  type Directory,
  type IgnoreCache,
  type MatchGlobsOptions,
} from '@velocity/workspace';
import type { JsonInput } from '../config/types.js';
import { workspacePath } from './dotenv.js';
import type { CountAs } from './input-views.js';
import type { PlannedInput } from './planned-task.js';

export interface InputSelection {
  readonly root: string;
  /** Relative to the workspace; empty for the root. */
  readonly directory: Directory;
  /** Undefined: every file that git does not ignore. */
  readonly globs: readonly string[] | undefined;
  /** Count whatever the globs say; one that does not exist counts as missing. */
  readonly jsonInputs: readonly JsonInput[];
  /** Files that count by their variables, and by their bytes only where a glob is just their name. */
  readonly dotenv: readonly RelativePath[];
  /** Folders of other packages inside of this one. */
  readonly nested: readonly string[];
  /** What tasks write: never an input, since a key says what it is made from. */
  readonly outputs: readonly CompiledGlobs[];
  readonly ignoreCache: IgnoreCache;
}

export interface SelectedInputs {
  /** In the order of their paths; those of `invalidNames` are among them. */
  readonly paths: readonly RelativePath[];
  /** Files, or folders that may hold some, whose names are not valid UTF-8: what they hold is not known. */
  readonly invalidNames: readonly RelativePath[];
}

/** Finds the input files of a task. */
export function selectInputs(selection: InputSelection): SelectedInputs {
  const { root, directory, globs, jsonInputs, nested, outputs, ignoreCache } = selection;
  const invalidNames: RelativePath[] = [];
  const onInvalidName = (path: RelativePath): void => void invalidNames.push(path);
  const options = { root, directory, exclude: nested, ignoreCache, onInvalidName };
  const found = globs === undefined ? listFiles(options) : allMatches({ ...options, globs });
  const loaded = new Set<string>(selection.dotenv.filter((path) => !isNamed(path, selection)));
  const json = jsonInputs.map(({ file }) => workspacePath(directory, file));
  const isInput = (path: RelativePath): boolean => !outputs.some((matcher) => matcher.matches(path));
  const chosen = [...found.filter((path) => !loaded.has(path)), ...json].filter(isInput);
  const invalid = invalidNames.filter(isInput);
  return { paths: [...new Set([...chosen, ...invalid])].sort(), invalidNames: invalid };
}

/** Why no key describes such a selection; undefined when one does. */
export function describeInvalidName([first]: readonly RelativePath[]): string | undefined {
  if (first === undefined) return undefined;
  const end = first.lastIndexOf('/');
  return `a file name in ${end < 0 ? 'the workspace root' : printablePath(first.slice(0, end))} is not valid UTF-8`;
}

function isNamed(path: RelativePath, { directory, globs = [] }: InputSelection): boolean {
  return globs.some((glob) => !glob.startsWith('!') && workspacePath(directory, glob) === path);
}

/** What is named literally counts when it is not there, too. */
function allMatches(options: MatchGlobsOptions): readonly RelativePath[] {
  const { files, missing } = matchGlobs(options);
  return [...files, ...missing];
}

/** Looks at each file. @throws VelocityError `INPUT_UNREADABLE` */
export async function readInputs(
  index: FileIndex,
  paths: readonly RelativePath[],
  countAs?: CountAs,
): Promise<PlannedInput[]> {
  const inputs: PlannedInput[] = [];
  for (const path of paths) {
    const { type, digest: content, size, version } = stateNow(index, path) ?? (await readState(index, path));
    // A folder or a device has no content that could decide anything; a submodule's folder shows up like this.
    if (type === 'directory' || type === 'other') continue;
    const isFile = type === 'file' || type === 'executable';
    inputs.push({
      path,
      type,
      digest: (isFile ? countAs?.(path, content) : undefined) ?? content,
      content,
      size,
      version,
    });
  }
  return inputs;
}

/** As the fingerprint holds them. */
export function toFingerprintInputs(inputs: readonly PlannedInput[], directory: string): FingerprintInput[] {
  return inputs.map(({ path, type, digest }) => ({ path: pathFrom(directory, path), type, digest }));
}

/** Relative to a package; a path outside of it below `$ROOT/`. */
export function pathFrom(directory: string, path: string): string {
  const prefix = directory === '' ? '' : `${directory}/`;
  return path.startsWith(prefix) ? path.slice(prefix.length) : `$ROOT/${path}`;
}

function stateNow(index: FileIndex, path: RelativePath): FileState | undefined {
  try {
    return index.stateNow(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

async function readState(index: FileIndex, path: RelativePath): Promise<FileState> {
  try {
    return await index.state(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: RelativePath, error: unknown): VelocityError {
  return new VelocityError('INPUT_UNREADABLE', `cannot read input ${path}`, {
    cause: error,
    hint: 'check its permissions, or leave it out of the inputs',
  });
}
