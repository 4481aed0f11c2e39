import { type FileHandle, mkdir, open, rm, unlink, utimes } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { isErrno, VelocityError } from '@velocity/core';
import { type BodySource, checkedBody } from '../checked-body.js';
import type {
  CreateOptions,
  DriverSupports,
  Leftovers,
  ListOptions,
  ObjectBody,
  ObjectStat,
  OperationOptions,
  SignedRequest,
  SignRequest,
  StorageDriver,
} from '../driver.js';
import { assertObjectKey } from '../object-key-syntax.js';
import type { UrlSigner } from '../url-signer.js';
import { openFileBody } from './file-body.js';
import { ABSENT, storageError } from './fs-errors.js';
import { fileIn, type FsLayout, objectFile, publishedPath, TEMP_FOLDER } from './fs-layout.js';
import { listObjects, statObject } from './list-objects.js';
import { publishObject } from './publish-object.js';
import { StorePresence } from './store-presence.js';
import { syncDirectory } from './sync-directory.js';
import { removeIfEmpty, TempSpace } from './temp-space.js';

export interface FsDriverOptions {
  /** The store's folder; made when it is missing. Keys become paths below it, `tmp/` is the driver's own. */
  readonly root: string;
  /** Milliseconds since 1970; what `touch` stamps. */
  readonly now: () => number;
  /** Whether what `create` has answered survives a power cut (fsync of file and folders). Default: true. */
  readonly durable?: boolean;
  /** Makes `sign` work; the gateway that owns the signer must serve the URLs. */
  readonly signer?: UrlSigner;
  /** False does without link(2) even where it would work. Default: found out by trying. All users of one store must agree. */
  readonly hardLinks?: boolean;
}

interface Opened {
  readonly options: FsDriverOptions;
  readonly layout: FsLayout;
  readonly temp: TempSpace;
}

/** Keeps objects as files. Several processes may use one folder at the same time; all must see the same file system. */
export class FsDriver implements StorageDriver {
  readonly name = 'fs';
  readonly supports: DriverSupports;
  readonly sign?: (request: SignRequest) => SignedRequest;
  readonly #root: string;
  readonly #now: () => number;
  readonly #durable: boolean;
  readonly #layout: FsLayout;
  readonly #temp: TempSpace;
  readonly #presence: StorePresence;

  /** @throws VelocityError `STORAGE_UNAVAILABLE` when the folder cannot be made or written to */
  static async open(options: FsDriverOptions): Promise<FsDriver> {
    try {
      const temp = await TempSpace.open(join(options.root, TEMP_FOLDER));
      const layout = options.hardLinks === false ? 'directory' : await temp.findLayout();
      return new FsDriver({ options, layout, temp });
    } catch (error) {
      throw storageError(error, `cannot open the store at ${options.root}`);
    }
  }

  private constructor({ options, layout, temp }: Opened) {
    const { signer, now } = options;
    this.#root = normalize(options.root).replace(/(?<=.)[\\/]+$/, '');
    this.#now = now;
    this.#durable = options.durable ?? true;
    this.#layout = layout;
    this.#temp = temp;
    this.#presence = new StorePresence(this.#root);
    this.supports = { sign: signer !== undefined, touch: true, atomicCreate: true };
    if (signer !== undefined) {
      this.sign = (request) => {
        assertFsKey(request.key);
        return signer.sign(request, now());
      };
    }
  }

  async stat(key: string, options: OperationOptions = {}): Promise<ObjectStat | undefined> {
    return this.#answer(key, `cannot look up ${key}`, options, () => statObject(this.#place(), key));
  }

  async read(key: string, options: OperationOptions = {}): Promise<ObjectBody | undefined> {
    return this.#answer(key, `cannot read ${key}`, options, () => openFileBody(this.#file(key), key));
  }

  async create(key: string, body: BodySource, options: CreateOptions): Promise<'created' | 'exists'> {
    assertFsKey(key);
    options.signal?.throwIfAborted();
    const source: { error?: unknown } = {};
    const temporary = this.#temp.nextPath();
    try {
      if ((await statObject(this.#place(), key)) !== undefined) return 'exists';
      await this.#write(temporary, remembering(checkedBody(key, body, options), source));
      options.signal?.throwIfAborted();
      const final = publishedPath(this.#root, this.#layout, key);
      return await publishObject(temporary, final, { key, layout: this.#layout, durable: this.#durable });
    } catch (error) {
      if (source.error !== undefined || options.signal?.aborted === true) throw error;
      throw storageError(error, `cannot store ${key}`);
    } finally {
      // After link(2) this is only the second name; a failure here leaves what the sweep takes away.
      await this.#discard(temporary).catch(() => undefined);
    }
  }

  async remove(key: string, options: OperationOptions = {}): Promise<void> {
    await this.#answer(key, `cannot remove ${key}`, options, async () => {
      const file = this.#file(key);
      if ((await statObject(this.#place(), key)) === undefined) return undefined;
      await unlink(file);
      // Empty folders cost listings time, and would keep a shorter key from being stored.
      let folder = dirname(file);
      while (folder.length > this.#root.length && (await removeIfEmpty(folder))) folder = dirname(folder);
      return true;
    });
  }

  async *list(options: ListOptions = {}): AsyncGenerator<ObjectStat> {
    try {
      yield* listObjects({ ...this.#place(), ...options });
      await this.#presence.check();
    } catch (error) {
      if (options.signal?.aborted === true) throw error;
      throw storageError(error, `cannot list ${this.#root}`);
    }
  }

  async touch(key: string, options: OperationOptions = {}): Promise<void> {
    await this.#answer(key, `cannot touch ${key}`, options, async () => {
      const seconds = this.#now() / 1000;
      await utimes(this.#file(key), seconds, seconds);
      return true;
    });
  }

  async findLeftovers(beforeMs: number, options: OperationOptions = {}): Promise<Leftovers> {
    return this.#tidy(options, () => this.#temp.findLeftovers(beforeMs, options));
  }

  async removeLeftovers(beforeMs: number, options: OperationOptions = {}): Promise<Leftovers> {
    return this.#tidy(options, () => this.#temp.removeLeftovers(beforeMs, options));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#temp.dispose();
  }

  #place(): { readonly root: string; readonly layout: FsLayout } {
    return { root: this.#root, layout: this.#layout };
  }

  #file(key: string): string {
    return objectFile(this.#root, this.#layout, key);
  }

  async #write(temporary: string, body: AsyncIterable<Uint8Array>): Promise<void> {
    const isFolder = this.#layout === 'directory';
    if (isFolder) await this.#temp.inside(() => mkdir(temporary, { mode: 0o700 }));
    const path = isFolder ? fileIn(temporary) : temporary;
    const handle = await this.#temp.inside(() => open(path, 'wx', 0o600));
    try {
      for await (const chunk of body) await writeWhole(handle, chunk);
      if (this.#durable) await handle.sync();
    } finally {
      await handle.close();
    }
    if (isFolder && this.#durable) await syncDirectory(temporary);
  }

  #discard(temporary: string): Promise<void> {
    return this.#layout === 'link' ? unlink(temporary) : rm(temporary, { recursive: true, force: true });
  }

  /** Runs a look-up; "no such file" is the answer `undefined`, unless it is the whole store that is not there. */
  async #answer<T>(
    key: string,
    what: string,
    { signal }: OperationOptions,
    body: () => Promise<T | undefined>,
  ): Promise<T | undefined> {
    assertFsKey(key);
    signal?.throwIfAborted();
    try {
      const found = await absentAsUndefined(body);
      if (found === undefined) await this.#presence.check();
      return found;
    } catch (error) {
      throw storageError(error, what);
    }
  }

  async #tidy({ signal }: OperationOptions, body: () => Promise<Leftovers>): Promise<Leftovers> {
    try {
      return await body();
    } catch (error) {
      if (signal?.aborted === true) throw error;
      throw storageError(error, `cannot tidy up ${this.#root}`);
    }
  }
}

function assertFsKey(key: string): void {
  assertObjectKey(key);
  if (key === TEMP_FOLDER || key.startsWith(`${TEMP_FOLDER}/`)) {
    throw new VelocityError('DRIVER_KEY_INVALID', `${key}: the file driver keeps its temporary files there`);
  }
}

async function absentAsUndefined<T>(body: () => Promise<T>): Promise<T | undefined> {
  try {
    return await body();
  } catch (error) {
    if (isErrno(error, ...ABSENT)) return undefined;
    throw error;
  }
}

/** Tells errors of the body's source from errors of the disk. */
async function* remembering(body: AsyncIterable<Uint8Array>, source: { error?: unknown }): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    source.error = error;
    throw error;
  }
}

async function writeWhole(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  let written = 0;
  while (written < chunk.byteLength) {
    const { bytesWritten } = await handle.write(chunk, written, chunk.byteLength - written);
    written += bytesWritten;
  }
}
