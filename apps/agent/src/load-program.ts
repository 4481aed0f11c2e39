import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { Script } from 'node:vm';

export interface LoadedProgram<T> {
  readonly exports: T;
  /** Keeps what V8 has compiled so far for the next start; does nothing when that was there already, or cannot be written. */
  readonly keepCompiled: () => void;
}

/**
 * Loads a CommonJS file with V8's code cache, which lies beside it: compiling takes longer than all that a small run does (at 600 kB 45 ms
 * of 110). V8 refuses a cache that another version of itself has made, or that belongs to other source.
 * @param identity of the file's content and of the Node that runs it: V8 tells sources apart by their length only
 */
export function loadProgram<T>(file: string, identity: string): LoadedProgram<T> {
  const cacheFile = `${file}.${identity}.cache`;
  const cachedData = readIfThere(cacheFile);
  const source = `(function (exports, require, module, __filename, __dirname) {${readFileSync(file, 'utf8')}\n})`;
  const script = new Script(source, { filename: file, ...(cachedData !== undefined && { cachedData }) });
  const module = { exports: {} };
  const run = script.runInThisContext() as (...scope: unknown[]) => void;
  run(module.exports, createRequire(file), module, file, dirname(file));
  const isCached = cachedData !== undefined && script.cachedDataRejected === false;
  return {
    exports: module.exports as T,
    keepCompiled: () => {
      if (!isCached) writeWhole(cacheFile, script.createCachedData());
    },
  };
}

function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    // Not there, or not readable: the program is compiled anew.
    return undefined;
  }
}

function writeWhole(file: string, content: Buffer): void {
  const temporary = `${file}.${process.pid}`;
  try {
    writeFileSync(temporary, content);
    renameSync(temporary, file);
  } catch {
    // An installation that this user may not write to: every start compiles.
    rmSync(temporary, { force: true });
  }
}
