import { appendFileSync, constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { errorMessage, isErrno, VelocityError } from '@velocity/core';
import { hashOfLine } from './audit-line.js';

/** Half of what may be lost at most, so that a disk that is busy leaves it true. */
const FLUSH_AFTER_MS = 50;
/** Written at once above this; above the second one, with a disk that takes nothing, lines are dropped, which shows in their numbers. */
const FLUSH_ABOVE = 64 * 1024;
const MAX_WAITING = 16 * 1024 * 1024;
/** Longer than any line. */
const TAIL_BYTES = 1024 * 1024;
const APPEND = constants.O_APPEND | constants.O_CREAT | constants.O_WRONLY;
const MODE = 0o600;

/**
 * Lines for a file, in order and in whole lines, while requests go on. The file is opened anew for each write: one that was renamed away
 * by a rotation is followed by a new one without a signal.
 */
export class AuditFile implements AsyncDisposable {
  /** The hash of the last line that was there before; undefined where there was none. */
  readonly lastHash: string | undefined;
  readonly #path: string;
  readonly #onFailure: (error: unknown) => void;
  readonly #onExit = (): void => this.#writeAtExit();
  #waiting: string[] = [];
  #waitingLength = 0;
  /** What is being written, or was not wholly when the disk was full. */
  #current: Buffer = Buffer.alloc(0);
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #isFailing = false;

  /** @throws VelocityError `USAGE` when the file cannot be read and written */
  static async open(path: string, onFailure: (error: unknown) => void): Promise<AuditFile> {
    try {
      const tail = await readTail(path);
      return new AuditFile(path, tail, onFailure);
    } catch (error) {
      const hint = 'VC_AUDIT_FILE names a file that the gateway can read and write, in a directory that exists';
      throw new VelocityError('USAGE', `the audit file cannot be used: ${errorMessage(error)}`, { hint, cause: error });
    }
  }

  private constructor(path: string, tail: Tail, onFailure: (error: unknown) => void) {
    this.#path = path;
    this.#onFailure = onFailure;
    this.lastHash = tail.lastHash;
    // A line that was cut off stays as it is, for `audit verify` to find; ours begins on a line of its own.
    if (tail.isCutOff) this.#waiting.push('\n');
    process.on('exit', this.#onExit);
  }

  append(line: string): void {
    if (this.#waitingLength > MAX_WAITING) return;
    this.#waiting.push(`${line}\n`);
    this.#waitingLength += line.length + 1;
    if (this.#waitingLength > FLUSH_ABOVE && !this.#isFailing) void this.#flush();
    else this.#timer ??= setTimeout(() => void this.#flush(), FLUSH_AFTER_MS).unref();
  }

  /** Writes what is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#flush();
    // What came while that was written.
    await this.#flush();
    clearTimeout(this.#timer);
    process.off('exit', this.#onExit);
  }

  #flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
      if (this.#waiting.length > 0 || this.#current.byteLength > 0) {
        this.#timer ??= setTimeout(() => void this.#flush(), FLUSH_AFTER_MS).unref();
      }
    });
    return this.#writing;
  }

  async #write(): Promise<void> {
    if (this.#current.byteLength === 0) this.#current = this.#takeWaiting();
    if (this.#current.byteLength === 0) return;
    try {
      const file = await open(this.#path, APPEND, MODE);
      try {
        while (this.#current.byteLength > 0) {
          const { bytesWritten } = await file.write(this.#current);
          this.#current = this.#current.subarray(bytesWritten);
        }
      } finally {
        await file.close();
      }
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing) this.#onFailure(error);
      this.#isFailing = true;
    }
  }

  #takeWaiting(): Buffer {
    const bytes = Buffer.from(this.#waiting.join(''));
    this.#waiting = [];
    this.#waitingLength = 0;
    return bytes;
  }

  /** A process that ends by a failure nobody caught. What is being written in the background then is waited for by Node. */
  #writeAtExit(): void {
    const rest = this.#writing === undefined ? [this.#current, this.#takeWaiting()] : [this.#takeWaiting()];
    try {
      appendFileSync(this.#path, Buffer.concat(rest), { mode: MODE });
    } catch {
      // Nobody is left to be told.
    }
  }
}

interface Tail {
  readonly lastHash: string | undefined;
  readonly isCutOff: boolean;
}

async function readTail(path: string): Promise<Tail> {
  try {
    // Also for writing: one that cannot be appended to has to be known at the start.
    await using file = await open(path, constants.O_RDWR);
    const { size } = await file.stat();
    const start = Math.max(0, size - TAIL_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
    const text = buffer.subarray(0, bytesRead).toString('utf8');
    const last = text.replace(/\n$/, '').split('\n').at(-1) ?? '';
    return { lastHash: last === '' ? undefined : hashOfLine(last), isCutOff: text !== '' && !text.endsWith('\n') };
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
    const file = await open(path, APPEND, MODE);
    await file.close();
    return { lastHash: undefined, isCutOff: false };
  }
}
