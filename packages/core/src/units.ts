import { VelocityError } from './errors.js';

const SIZE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 1024,
  kb: 1000,
  kib: 1024,
  m: 1024 ** 2,
  mb: 1000 ** 2,
  mib: 1024 ** 2,
  g: 1024 ** 3,
  gb: 1000 ** 3,
  gib: 1024 ** 3,
  t: 1024 ** 4,
  tb: 1000 ** 4,
  tib: 1024 ** 4,
};

const DURATION_UNITS: Readonly<Record<string, number>> = {
  '': 1000,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Bytes of `1GiB`, `500MB`, `64k` or a plain number. @throws VelocityError `VALUE_INVALID` */
export function parseSize(value: string | number): number {
  return parseUnits(value, SIZE_UNITS, 'size', 'write it as 500MB, 1GiB or a number of bytes');
}

/** Milliseconds of `10s`, `250ms`, `20m`, `30d`, or a plain number of seconds. @throws VelocityError `VALUE_INVALID` */
export function parseDuration(value: string | number): number {
  return parseUnits(value, DURATION_UNITS, 'duration', 'write it as 250ms, 10s, 20m, 6h, 30d or a number of seconds');
}

function parseUnits(
  value: string | number,
  units: Readonly<Record<string, number>>,
  what: string,
  hint: string,
): number {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/.exec(String(value).trim().toLowerCase());
  const factor = match === null ? undefined : Object.hasOwn(units, match[2] ?? '') ? units[match[2] ?? ''] : undefined;
  if (match === null || factor === undefined) {
    throw new VelocityError('VALUE_INVALID', `not a ${what}: ${JSON.stringify(value)}`, { hint });
  }
  return Math.round(Number(match[1]) * factor);
}

/** `512 B`, `1.2 MB`, `3.4 GB`, in powers of 1000 as disks and networks are measured. */
export function formatSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  let value = bytes;
  for (const unit of ['kB', 'MB', 'GB']) {
    value /= 1000;
    if (value < 999.95) return `${value.toFixed(1)} ${unit}`;
  }
  return `${(value / 1000).toFixed(1)} TB`;
}

/** `84 ms`, `6.1 s`, `1 m 52 s`, `2 h 5 m`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} m`;
}
