import { close, fstat, open, read, stat, type Stats } from 'node:fs';
import { isErrno } from '@velocity/core';
import { ABSENT } from './fs-errors.js';

// By callback: for a file that is not there node:fs/promises takes 16 us of CPU, mostly for its error's stack, this 5 us. Absent is what a
// cache is asked for most.

/** A descriptor for reading; undefined where there is no such file. */
export function openIfThere(path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    open(path, 'r', (error, descriptor) => settle(error, descriptor, { resolve, reject }));
  });
}

/** Undefined where there is no such file. */
export function statIfThere(path: string): Promise<Stats | undefined> {
  return new Promise((resolve, reject) => {
    stat(path, (error, stats) => settle(error, stats, { resolve, reject }));
  });
}

export function statOpened(descriptor: number): Promise<Stats> {
  return new Promise((resolve, reject) => {
    fstat(descriptor, (error, stats) => (error === null ? resolve(stats) : reject(error)));
  });
}

/** Fills what it can of `into`, from `position` of the file on; says how many bytes. */
export function readOpened(descriptor: number, into: Uint8Array, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(descriptor, into, 0, into.byteLength, position, (error, bytesRead) =>
      error === null ? resolve(bytesRead) : reject(error),
    );
  });
}

export function closeOpened(descriptor: number): Promise<void> {
  return new Promise((resolve, reject) => {
    close(descriptor, (error) => (error ? reject(error) : resolve()));
  });
}

interface Settle<T> {
  readonly resolve: (value: T | undefined) => void;
  readonly reject: (error: unknown) => void;
}

function settle<T>(error: NodeJS.ErrnoException | null, value: T, { resolve, reject }: Settle<T>): void {
  if (error === null) resolve(value);
  else if (isErrno(error, ...ABSENT)) resolve(undefined);
  else reject(error);
}
