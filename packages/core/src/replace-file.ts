import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Writes a file that appears whole: a temporary one beside it, then a rename. Folders are made. For files that only save time: nothing is
 * forced to the disk, and concurrent writers replace each other's.
 * @throws the file system's own error, with nothing left behind
 */
export function replaceFile(file: string, data: Uint8Array | string): void {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    writeOrMakeFolder(temporary, data);
    renameSync(temporary, file);
  } catch (error) {
    removeIfThere(temporary);
    throw error;
  }
}

function writeOrMakeFolder(file: string, data: Uint8Array | string): void {
  try {
    writeFileSync(file, data);
  } catch {
    // Most likely the folder is missing; if it is something else, it shows again.
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, data);
  }
}

function removeIfThere(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // Where it could not be written it is not there; the error that matters is the first one.
  }
}
