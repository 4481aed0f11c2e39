import { VelocityError } from '@velocity/core';

/** S3's limit for a whole key; a segment must still fit a file name of 255 bytes with a suffix of ours. */
const MAX_KEY_LENGTH = 1024;
/** One expression for the whole key: it is asked of each several times, and this takes a third of what segment by segment takes. */
const KEY = /^(?!\.{1,2}(?:\/|$))[\w.-]{1,200}(?:\/(?!\.{1,2}(?:\/|$))[\w.-]{1,200})*$/;

/** True for `/`-joined segments of `[A-Za-z0-9._-]`, none `.` or `..`, at most 200 characters each and 1024 together. */
export function isObjectKey(key: string): boolean {
  return key.length <= MAX_KEY_LENGTH && KEY.test(key);
}

/** @throws VelocityError `DRIVER_KEY_INVALID` */
export function assertObjectKey(key: string): void {
  if (isObjectKey(key)) return;
  const shown = JSON.stringify(key.length > 80 ? `${key.slice(0, 80)}…` : key);
  throw new VelocityError('DRIVER_KEY_INVALID', `not an object key: ${shown}`, {
    hint: 'keys are segments of letters, digits, ".", "_" and "-", joined by "/"',
  });
}
