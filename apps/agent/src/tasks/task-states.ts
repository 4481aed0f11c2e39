import { appendFileSync, closeSync, fstatSync, mkdirSync, openSync, readSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { digestOf, errorMessage, replaceFile } from '@velocity/core';
import type { TaskState } from './task-state.js';

const NAME_LENGTH = 32;
const CHECKSUM_LENGTH = 16;
const FORGOTTEN = '-';
const LINE_FEED = 10;
/** A journal of which most was said again since is written anew, once it is long enough to be worth that. */
const MIN_COMPACTED_BYTES = 1024 * 1024;

/** A line without its line feed, and where it is in what was read. */
interface Line {
  readonly data: Buffer;
  readonly start: number;
  readonly end: number;
}

/**
 * The states of a workspace's tasks in a journal, `.velocity/states`: each save adds a line, and the last one of a task counts. At 1,000
 * tasks that takes a tenth of the time of a file for each. They save time; losing them costs a restore, so nothing is forced to the disk.
 *
 * A line is 32 hexadecimal digits of the SHA-256 of the task's id, a space, 16 of that of the rest, a space, and the state as JSON; or the
 * first of these, a space and `-` for a task that was forgotten. It begins with a line feed: what a process that was killed has not written
 * to the end spoils no other.
 */
export class TaskStates {
  readonly #file: string;
  readonly #lines = new Map<string, Line>();
  #inode: number | undefined;
  #size = 0;
  #liveBytes = 0;

  constructor(file: string) {
    this.#file = file;
  }

  /** Undefined for a task of which nothing is known, or only something that was damaged. */
  load(task: string): TaskState | undefined {
    this.#catchUp();
    const found = this.#lines.get(nameOf(task));
    if (found === undefined) return undefined;
    const line = found.data.toString('utf8', found.start + NAME_LENGTH + 1, found.end);
    const json = line.slice(CHECKSUM_LENGTH + 1);
    if (line.slice(0, CHECKSUM_LENGTH) !== checksumOf(json)) return undefined;
    const state = JSON.parse(json) as TaskState;
    return state.version === 1 && state.task === task ? state : undefined;
  }

  /** @returns what went wrong, if anything: not being able to remember is no failure of the task */
  save(state: TaskState): string | undefined {
    const json = JSON.stringify(state);
    return this.#append(`${nameOf(state.task)} ${checksumOf(json)} ${json}`);
  }

  /** Where that cannot be written: what is known of the outputs is checked against them anyway. */
  forget(task: string): void {
    this.#append(`${nameOf(task)} ${FORGOTTEN}`);
  }

  #append(line: string): string | undefined {
    try {
      appendOrMakeFolder(this.#file, `\n${line}`);
      return undefined;
    } catch (error) {
      return errorMessage(error);
    }
  }

  /** Reads what was added since the last time, by whomever. */
  #catchUp(): void {
    let fd: number | undefined;
    try {
      const stats = statSync(this.#file);
      if (stats.ino === this.#inode && stats.size === this.#size) return;
      fd = openSync(this.#file, 'r');
      const { ino, size } = fstatSync(fd);
      const isFirst = this.#inode === undefined;
      if (ino !== this.#inode || size < this.#size || !this.#readOn(fd, size)) {
        this.#start(ino);
        this.#readOn(fd, size);
      }
      if (isFirst) this.#compact();
    } catch {
      // Absent or unreadable: nothing is known.
      this.#start(undefined);
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  }

  #start(inode: number | undefined): void {
    this.#inode = inode;
    this.#size = 0;
    this.#lines.clear();
    this.#liveBytes = 0;
  }

  /** False when it does not go on with a line of its own: what was read before was cut off. */
  #readOn(fd: number, size: number): boolean {
    const space = Buffer.allocUnsafe(size - this.#size);
    const data = space.subarray(0, readSync(fd, space, 0, space.byteLength, this.#size));
    if (this.#size > 0 && data[0] !== LINE_FEED) return false;
    this.#size += data.byteLength;
    for (let at = 0; at !== -1 && at < data.byteLength;) {
      const next = data.indexOf(LINE_FEED, at + 1);
      this.#note({ data, start: at + 1, end: next === -1 ? data.byteLength : next });
      at = next;
    }
    return true;
  }

  #note(line: Line): void {
    const { data, start, end } = line;
    if (end - start < NAME_LENGTH + 2) return;
    const name = data.toString('latin1', start, start + NAME_LENGTH);
    const before = this.#lines.get(name);
    if (before !== undefined) this.#liveBytes -= before.end - before.start;
    if (data[start + NAME_LENGTH + 1] === FORGOTTEN.charCodeAt(0)) this.#lines.delete(name);
    else {
      this.#lines.set(name, line);
      this.#liveBytes += end - start;
    }
  }

  /** What somebody else adds at the same moment may be lost. */
  #compact(): void {
    if (this.#size < MIN_COMPACTED_BYTES || this.#liveBytes > this.#size / 2) return;
    const lines = [...this.#lines.values()].map(({ data, start, end }) => data.subarray(start - 1, end));
    replaceFile(this.#file, Buffer.concat(lines));
  }
}

function nameOf(task: string): string {
  return digestOf(task).slice(0, NAME_LENGTH);
}

function checksumOf(json: string): string {
  return digestOf(json).slice(0, CHECKSUM_LENGTH);
}

function appendOrMakeFolder(file: string, text: string): void {
  try {
    appendFileSync(file, text);
  } catch {
    // Most likely the folder is missing; if it is something else, it shows again.
    mkdirSync(dirname(file), { recursive: true });
    appendFileSync(file, text);
  }
}
