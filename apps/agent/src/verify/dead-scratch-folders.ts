import { lstatSync, readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { removeTree } from '@velocity/artifact';
import { digestOf } from '@velocity/core';
import { isDiskFailure } from '../run/disk-failure.js';
import { endLeftCommand } from '../run/left-command.js';
import { isAlive, startTimeOf, type NamedProcess } from '../run/live-process.js';
import { ownPath } from '../workspace/own-folder.js';

const SCRATCH_NAME = /^velocity-verify-(?:a|other)-([0-9a-f]+)_([0-9a-z]+)_([0-9a-z]*)_[^_]+$/;
const HOST_DIGITS = 6;
/** Folders are named with numbers in this base: tasks run below them, and some paths have a limit of about 100 bytes. */
const RADIX = 36;

/**
 * Names a process of this machine, as part of a scratch folder's name: a note inside could not be there from the folder's first moment, and
 * one in the workspace would be a trace of a command that only reads it.
 */
export function scratchOwner(processId: number): string {
  const startTime = startTimeOf(processId);
  const started = startTime === undefined ? '' : Number(startTime).toString(RADIX);
  return `${hostDigest()}_${processId.toString(RADIX)}_${started}_`;
}

/** Removes the scratch folders below these that processes which were killed have left behind, and ends what still runs in them. */
export async function removeDeadScratchFolders(
  parents: readonly string[],
  onLeftBehind: (path: string, problem: unknown) => void,
): Promise<void> {
  for (const path of [...new Set(parents)].flatMap(deadFoldersIn)) {
    try {
      for (const name of namesIn(ownPath(path, 'commands'))) await endLeftCommand(ownPath(path, 'commands', name));
      await removeTree(path);
    } catch (problem) {
      if (!isDiskFailure(problem)) throw problem;
      onLeftBehind(path, problem);
    }
  }
}

function deadFoldersIn(parent: string): string[] {
  return namesIn(parent)
    .filter((name) => {
      const owner = ownerOf(name);
      return owner !== undefined && !isAlive(owner);
    })
    .map((name) => join(parent, name))
    .filter(isOwnFolder);
}

/** Undefined for a folder of another machine, or of no run at all. */
function ownerOf(name: string): NamedProcess | undefined {
  const [, host, processId = '', started = ''] = SCRATCH_NAME.exec(name) ?? [];
  if (host !== hostDigest()) return undefined;
  const startTime = started === '' ? undefined : String(Number.parseInt(started, RADIX));
  return { processId: Number.parseInt(processId, RADIX), startTime };
}

/** In a folder that everyone may write, others may have made something of that name. */
function isOwnFolder(path: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats?.isDirectory() === true && (process.getuid === undefined || stats.uid === process.getuid());
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (!isDiskFailure(error)) throw error;
    // Not there, or not to be looked at: nothing of ours, then.
    return [];
  }
}

function hostDigest(): string {
  return digestOf(hostname()).slice(0, HOST_DIGITS);
}
