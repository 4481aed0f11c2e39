import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf } from '@velocity/core';
import type { OutputStream } from '../run/events.js';

const STREAMS: readonly OutputStream[] = ['stdout', 'stderr'];

/** What the tasks of one execution printed, a file for each of a task's two outputs. A task that printed nothing has none. */
export class LogFiles {
  readonly #folder: string;
  readonly #open = new Map<string, number>();

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  path(task: string, stream: OutputStream): string {
    return join(this.#folder, `${digestOf(task).slice(0, 16)}.${stream}`);
  }

  append(task: string, stream: OutputStream, chunk: Uint8Array): void {
    const path = this.path(task, stream);
    const file = this.#open.get(path) ?? openSync(path, 'w');
    this.#open.set(path, file);
    for (let at = 0; at < chunk.byteLength;) at += writeSync(file, chunk, at);
  }

  close(task: string): void {
    for (const stream of STREAMS) {
      const path = this.path(task, stream);
      const file = this.#open.get(path);
      if (file !== undefined) closeSync(file);
      this.#open.delete(path);
    }
  }
}
