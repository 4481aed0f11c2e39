import { VelocityError } from '@velocity/core';

/** The value of a flag that takes one of some words. @throws VelocityError `USAGE` */
export function choice<T extends string>(flag: string, value: string | undefined, words: readonly T[], fallback: T): T {
  if (value === undefined) return fallback;
  const found = words.find((word) => word === value);
  if (found !== undefined) return found;
  throw new VelocityError('USAGE', `${flag} does not take ${JSON.stringify(value)}`, {
    hint: `use one of ${words.join(', ')}`,
  });
}

/** `4` or `50%` of the cores. @throws VelocityError `USAGE` */
export function parseConcurrency(value: string | undefined, cpuCount: number): number {
  if (value === undefined) return cpuCount;
  const match = /^([1-9]\d*)(%?)$/.exec(value);
  if (match === null) {
    throw new VelocityError('USAGE', `--concurrency does not take ${JSON.stringify(value)}`, {
      hint: 'write a number like 4 or a share like 50%',
    });
  }
  const count = Number(match[1]);
  return match[2] === '%' ? Math.max(1, Math.floor((cpuCount * count) / 100)) : count;
}
