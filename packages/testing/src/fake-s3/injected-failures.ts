import { S3Error } from './s3-error.js';
import type { Operation } from './traffic.js';

export interface InjectedFailure {
  readonly status: number;
  /** The code in the error document. */
  readonly code: string;
  /** Default 1. */
  readonly times?: number;
  /** Such as `retry-after`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Failures that wait for the next requests of one operation, first come, first served. */
export interface InjectedFailures {
  add(operation: Operation, failure: InjectedFailure): void;
  /** The failure for this request, used up; undefined when none waits. */
  take(operation: Operation): S3Error | undefined;
  clear(): void;
}

export function createInjectedFailures(): InjectedFailures {
  const waiting = new Map<Operation, S3Error[]>();
  return {
    add: (operation, { status, code, times = 1, headers = {} }) => {
      const errors = Array.from({ length: times }, () => new S3Error(code, status, 'As the test asked for.', headers));
      waiting.set(operation, [...(waiting.get(operation) ?? []), ...errors]);
    },
    take: (operation) => waiting.get(operation)?.shift(),
    clear: () => waiting.clear(),
  };
}
