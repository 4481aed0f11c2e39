// @ts-check
/** @import { CpuMeter, Machine } from '../lib/types.d.ts' */
import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem } from 'node:os';
import { coreCount } from './processor-time.mjs';

/** @param {string} folder where the workspaces are @param {CpuMeter['source']} cpuTime @returns {Machine} */
export function describeMachine(folder, cpuTime) {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: coreCount,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    fileSystem: fileSystemOf(folder),
    cpuTime,
  };
}

/** @param {string} folder */
function fileSystemOf(folder) {
  const lines = execFileSync('df', ['--output=fstype', folder], { encoding: 'utf8' }).trim().split('\n');
  return lines.at(-1) ?? 'unknown';
}
