// @ts-check
/** @import { CpuMeter } from '../lib/types.d.ts' */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const HIERARCHY = '/sys/fs/cgroup/cpuacct';

/**
 * Joins a control group of its own where the machine has version 1 of them and lets us: daemons and all else that outlives its
 * run are counted then, too. Elsewhere GNU time has to say what a run took. The caller closes it.
 * @returns {CpuMeter}
 */
export function openCpuMeter() {
  const former = ownGroup();
  if (former === undefined) return rusageMeter;
  const group = join(former, `velocity-bench-${process.pid}`);
  try {
    mkdirSync(group);
    // This process itself: moving each child in would cost it about 10 ms.
    writeFileSync(join(group, 'cgroup.procs'), String(process.pid));
  } catch {
    // Not allowed, or not mounted for writing.
    removeGroup(group);
    return rusageMeter;
  }
  return {
    source: 'cgroup',
    groupMs: () => Number(readFileSync(join(group, 'cpuacct.usage'), 'utf8')) / 1e6,
    close() {
      writeFileSync(join(former, 'cgroup.procs'), String(process.pid));
      removeGroup(group);
    },
  };
}

/** @type {CpuMeter} */
const rusageMeter = { source: 'rusage', groupMs: () => undefined, close: () => undefined };

/** The folder of the group that this process is in; undefined without the hierarchy. */
function ownGroup() {
  if (!existsSync(join(HIERARCHY, 'cpuacct.usage'))) return undefined;
  const line = readFileSync('/proc/self/cgroup', 'utf8')
    .split('\n')
    .find((candidate) => candidate.split(':')[1]?.split(',').includes('cpuacct'));
  const folder = join(HIERARCHY, line?.split(':')[2] ?? '/');
  // In a container the path may be that of the host.
  return existsSync(folder) ? folder : HIERARCHY;
}

/** @param {string} group */
function removeGroup(group) {
  try {
    rmdirSync(group);
  } catch {
    // Not there, or a daemon that did not end is still in it: an empty group costs nothing.
  }
}
