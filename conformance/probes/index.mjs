// @ts-check
/** @import { Probe, ProbeGroup } from '../lib/types.d.ts' */
import { changedWhileRunning } from './changed-while-running.mjs';
import { configuration } from './configuration.mjs';
import { crashes } from './crashes.mjs';
import { damagedStore } from './damaged-store.mjs';
import { fullDisk } from './full-disk.mjs';
import { inputFiles } from './input-files.mjs';
import { names } from './names.mjs';
import { oddOutputs } from './odd-outputs.mjs';
import { otherInputs } from './other-inputs.mjs';
import { outputsInPlace } from './outputs-in-place.mjs';
import { packages } from './packages.mjs';
import { reasons } from './reasons.mjs';
import { restoreExactly } from './restore-exactly.mjs';
import { running } from './running.mjs';
import { strays } from './strays.mjs';

/** All probes, in the order of the tables. @type {readonly ProbeGroup[]} */
export const groups = [
  { title: 'the restored tree is exactly the stored one', probes: restoreExactly },
  { title: 'strays and stale outputs go, everything else stays', probes: strays },
  { title: 'outputs that were edited or deleted', probes: outputsInPlace },
  { title: 'inputs that change while a task runs', probes: changedWhileRunning },
  { title: 'outputs that cannot be stored as they are', probes: oddOutputs },
  { title: 'a damaged or foreign cache', probes: damagedStore },
  { title: 'input files: what is a change', probes: [...inputFiles, ...names] },
  {
    title: 'variables, arguments, configuration, packages: what is a change',
    probes: [...otherInputs, ...configuration, ...packages],
  },
  { title: 'runs at once, logs, failures', probes: running },
  { title: 'killed, read-only, disk full', probes: [...crashes, ...fullDisk] },
  { title: 'every miss says why', probes: reasons },
];

/** @type {readonly Probe[]} */
export const probes = groups.flatMap((group) => group.probes);
