import { VelocityError, type FileIndex, type FingerprintInput, type RelativePath } from '@velocity/core';
import {
  listFiles,
  matchGlobs,
  type CompiledGlobs,
  type Directory,
  type IgnoreCache,
  type MatchGlobsOptions,
} from '@velocity/workspace';
import type { PlannedInput } from './planned-task.js';

export interface InputSelection {
  readonly root: string;
  /** Relative to the workspace; empty for the root. */
  readonly directory: Directory;
  /** Undefined: every file that git does not ignore. */
  readonly globs: readonly string[] | undefined;
  /** Files that count whatever the globs say; one that does not exist counts as missing. */
  readonly literal: readonly string[];
  /** Folders of other packages inside of this one. */
  readonly nested: readonly string[];
  /** What tasks write: never an input, since a key says what it is made from. */
  readonly outputs: readonly CompiledGlobs[];
  readonly ignoreCache: IgnoreCache;
}

/** Finds the input files of a task, in the order of their paths. */
export function selectInputs(selection: InputSelection): readonly RelativePath[] {
  const { root, directory, globs, literal, nested, outputs, ignoreCache } = selection;
  const isOutput = (path: string): boolean => outputs.some((matcher) => matcher.matches(path));
  const chosen =
    globs === undefined
      ? listFiles({ root, directory, exclude: nested, ignoreCache })
      : allMatches({ root, directory, globs, exclude: nested, ignoreCache });
  const named = literal.length === 0 ? [] : allMatches({ root, directory, globs: literal, ignoreCache });
  const paths = new Set([...chosen.filter((path) => !isOutput(path)), ...named]);
  return [...paths].sort();
}

/** What is named literally counts when it is not there, too. */
function allMatches(options: MatchGlobsOptions): readonly RelativePath[] {
  const { files, missing } = matchGlobs(options);
  return [...files, ...missing];
}

/** Looks at each file. @throws VelocityError `INPUT_UNREADABLE` */
export async function readInputs(index: FileIndex, paths: readonly RelativePath[]): Promise<PlannedInput[]> {
  const inputs: PlannedInput[] = [];
  for (const path of paths) {
    const state = await readState(index, path);
    // A folder or a device has no content that could decide anything; a submodule's folder shows up like this.
    if (state.type === 'directory' || state.type === 'other') continue;
    inputs.push({ path, type: state.type, digest: state.digest, version: state.version });
  }
  return inputs;
}

/** As the fingerprint holds them: relative to the package, and those outside of it below `$ROOT/`. */
export function toFingerprintInputs(inputs: readonly PlannedInput[], directory: string): FingerprintInput[] {
  const prefix = directory === '' ? '' : `${directory}/`;
  return inputs.map(
    ({ path, type, digest }) =>
      ({
        path: path.startsWith(prefix) ? path.slice(prefix.length) : `$ROOT/${path}`,
        type,
        digest,
      }) as FingerprintInput,
  );
}

async function readState(index: FileIndex, path: RelativePath): ReturnType<FileIndex['state']> {
  try {
    return await index.state(path);
  } catch (error) {
    throw new VelocityError('INPUT_UNREADABLE', `cannot read input ${path}`, {
      cause: error,
      hint: 'check its permissions, or leave it out of the inputs',
    });
  }
}
