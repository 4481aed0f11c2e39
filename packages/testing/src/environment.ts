import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** All that this package takes from the process environment; it is read here and nowhere else. */
export const environment = {
  /** Where commands are looked up; the only variable that child processes get handed on. */
  get path(): string {
    return process.env['PATH'] ?? '/usr/bin:/bin';
  },
  /** `VC_REQUIRE_REAL=1`: a real store that is not installed fails the run instead of being skipped. */
  get requiresRealStores(): boolean {
    return process.env['VC_REQUIRE_REAL'] === '1';
  },
};

export function isOnPath(command: string): boolean {
  return environment.path.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      // Absent, not executable or not readable: in each case this folder does not offer it.
      return false;
    }
  });
}
