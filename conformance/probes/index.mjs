// @ts-check
/** @import { Probe } from '../lib/types.d.ts' */
import { changedWhileRunning } from './changed-while-running.mjs';
import { crashes } from './crashes.mjs';
import { damagedStore } from './damaged-store.mjs';
import { inputFiles } from './input-files.mjs';
import { names } from './names.mjs';
import { otherInputs } from './other-inputs.mjs';
import { outputsInPlace } from './outputs-in-place.mjs';
import { restoreExactly } from './restore-exactly.mjs';
import { running } from './running.mjs';
import { strays } from './strays.mjs';

/** All probes, in the order of the table. @type {readonly Probe[]} */
export const probes = [
  ...restoreExactly,
  ...strays,
  ...outputsInPlace,
  ...changedWhileRunning,
  ...damagedStore,
  ...inputFiles,
  ...otherInputs,
  ...names,
  ...running,
  ...crashes,
];
