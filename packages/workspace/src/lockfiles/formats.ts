import type { LockfileParser } from './lock-graph.js';
import { parseBunLock } from './bun-lock.js';
import { parseCargoLock } from './cargo-lock.js';
import { parseNpmLock } from './npm-lock.js';
import { parsePnpmLock } from './pnpm-lock.js';
import { parsePoetryLock } from './poetry-lock.js';
import { parseUvLock } from './uv-lock.js';
import { parseYarnLock } from './yarn-lock.js';

/** Languages whose packages are locked by a file that is looked for from the package's folder upwards. Go's are found in its modules. */
export const LOCKED_LANGUAGES = ['javascript', 'rust', 'python'] as const;
export type LockedLanguage = (typeof LOCKED_LANGUAGES)[number];

/** The lockfiles of a language by name; those without a parser are known, but only as a whole. */
export const LOCKFILE_FORMATS: Readonly<Record<LockedLanguage, Readonly<Record<string, LockfileParser | undefined>>>> =
  {
    javascript: {
      'pnpm-lock.yaml': parsePnpmLock,
      'package-lock.json': parseNpmLock,
      'npm-shrinkwrap.json': parseNpmLock,
      'yarn.lock': parseYarnLock,
      'bun.lock': parseBunLock,
      'bun.lockb': undefined,
      'deno.lock': undefined,
    },
    rust: { 'Cargo.lock': parseCargoLock },
    python: {
      'uv.lock': parseUvLock,
      'poetry.lock': parsePoetryLock,
      'pdm.lock': undefined,
      'Pipfile.lock': undefined,
      'pylock.toml': undefined,
    },
  };
