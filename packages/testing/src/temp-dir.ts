import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder of a test's own, removed with everything in it at the end of the `using` block. */
export interface TempDir extends Disposable {
  readonly path: string;
  join(...segments: string[]): string;
}

export function tempDir(prefix = 'velocity-test-'): TempDir {
  const path = mkdtempSync(join(realpathSync(tmpdir()), prefix));
  return {
    path,
    join: (...segments) => join(path, ...segments),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true, maxRetries: 3 }),
  };
}
