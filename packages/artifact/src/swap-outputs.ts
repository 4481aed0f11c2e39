import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { errorMessage, isErrno, isVelocityError, VelocityError, type RelativePath } from '@velocity/core';
import { quotePath, vanished } from './artifact-error.js';
import { inspectTree, isPresent, looksLike } from './inspect-tree.js';
import type { Manifest } from './manifest.js';
import { moveEntry } from './move-entry.js';
import { statOutputs, type OutputStats } from './output-stats.js';
import { inTheWay, planSwap } from './plan-swap.js';
import { placeInStaging } from './staging-writer.js';

export interface SwapOutputsOptions {
  readonly root: string;
  /** Holds exactly the manifest, or the part of it that `staged` names: what `unpackArtifact` filled. Used up by a swap that succeeds. */
  readonly stagingDir: string;
  readonly manifest: Manifest;
  /**
   * The entries that are in staging, as `unpackArtifact` says it. All others are in their place and stay there; the folders above them too.
   * Default: all are staged.
   */
  readonly staged?: ReadonlySet<RelativePath> | undefined;
  /** What `unpackArtifact` has left out of all paths, as it says it. Default: nothing. */
  readonly base?: string | undefined;
  /** An empty folder, or none; what was replaced is in it afterwards, for the caller to delete (`removeTree`). All three on one device. */
  readonly trashDir: string;
  /** Files, links and empty folders that exist now and are outputs of the task. Nothing else is moved. */
  readonly owned: readonly RelativePath[];
}

/**
 * Makes the owned part of the tree exactly the manifest, by renames only: folders that hold nothing but outputs in one, others entry by
 * entry. Never follows a link, never replaces what is not owned. When it fails, the tree is as it was and the staging folder too.
 *
 * @returns what the file system now says of each entry, in place before or not
 * @throws VelocityError `ARTIFACT_UNSAFE` when something not owned is in the way, `STORAGE_UNAVAILABLE` when a rename fails or an entry that
 * should be in its place is not, `INTEGRITY` when the old tree could not be put back: then the rest of it is in `trashDir`, which must be kept
 */
export function swapOutputs(options: SwapOutputsOptions): { readonly stats: OutputStats } {
  const { root, stagingDir, manifest, base = '', trashDir, owned, staged } = options;
  const wanted = manifest.entries.map(({ path }) => path);
  const isBelowBase = (path: string): boolean => path.startsWith(`${base}/`);
  // What is owned elsewhere must be looked at, too.
  const tree = inspectTree(root, { owned, wanted, base: owned.every(isBelowBase) ? base : '' });
  const { strays, replacements, additions } = planSwap(tree, manifest, { staged, base });
  const journal = new Journal();
  let discarded = 0;
  const discard = (path: string): void => {
    if (discarded === 0) mkdirSync(trashDir, { recursive: true });
    discarded += 1;
    journal.move(join(root, path), join(trashDir, String(discarded)), path);
  };
  const insert = (path: string): void => {
    // A rename would replace what someone has put there meanwhile, or what a file system that folds names takes for the same.
    if (isPresent(join(root, path))) throw inTheWay(path);
    journal.move(placeInStaging(stagingDir, base, path), join(root, path), path);
  };
  try {
    // Strays first: one of them may differ from a wanted name in case only.
    for (const path of strays) discard(path);
    for (const path of replacements) {
      discard(path);
      insert(path);
    }
    for (const path of additions) insert(path);
    if (staged !== undefined) checkInPlace(root, manifest, staged);
    return { stats: statOutputs(root, manifest) };
  } catch (error) {
    journal.undo(error, trashDir);
    throw error;
  }
}

/** What was not staged must still be what the manifest says, as far as that shows without reading it. */
function checkInPlace(root: string, manifest: Manifest, staged: ReadonlySet<RelativePath>): void {
  for (const entry of manifest.entries)
    if (!staged.has(entry.path) && !looksLike(root, entry)) throw vanished(entry.path);
}

class Journal {
  readonly #moves: { readonly from: string; readonly to: string }[] = [];

  move(from: string, to: string, path: string): void {
    try {
      moveEntry(from, to);
    } catch (error) {
      throw new VelocityError('STORAGE_UNAVAILABLE', `cannot replace ${quotePath(path)}: ${errorMessage(error)}`, {
        hint: isErrno(error, 'EXDEV') ? 'staging and trash must be on the same device as the outputs' : undefined,
        cause: error,
      });
    }
    this.#moves.push({ from, to });
  }

  /** Backwards, and on after a step that fails: as much as possible is put back. */
  undo(reason: unknown, trashDir: string): void {
    let failure: unknown;
    for (const { from, to } of this.#moves.reverse()) {
      try {
        moveEntry(to, from);
      } catch (error) {
        failure ??= error;
      }
    }
    if (failure === undefined) return;
    const message = isVelocityError(reason) ? reason.message : errorMessage(reason);
    throw new VelocityError('INTEGRITY', `${message}; and the outputs could not be put back`, {
      hint: `what was there before is in ${trashDir}`,
      cause: new AggregateError([reason, failure]),
    });
  }
}
