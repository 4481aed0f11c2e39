import type { LockfileParser } from './lock-graph.js';
import { parseYarnBerryLock } from './yarn-berry-lock.js';
import { parseYarnClassicLock } from './yarn-classic-lock.js';

/** yarn.lock: two formats under one name. */
export const parseYarnLock: LockfileParser = (text, scope) =>
  /^__metadata:/m.test(text) ? parseYarnBerryLock(text, scope) : parseYarnClassicLock(text, scope);
