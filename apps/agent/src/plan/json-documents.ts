import { join } from 'node:path';
import { digestOf, isErrno, type Digest } from '@velocity/core';
import type { Disk } from '@velocity/workspace';
import { parseJsonc } from '../init/parse-jsonc.js';

export interface JsonDocument {
  readonly value: unknown;
}

/** JSON files as they stood when their bytes had a given digest. Each is read once, whatever number of tasks have it as an input. */
export class JsonDocuments {
  readonly #root: string;
  readonly #disk: Disk;
  readonly #known = new Map<string, { readonly digest: Digest; readonly document: JsonDocument | undefined }>();

  constructor(root: string, disk: Disk) {
    this.#root = root;
    this.#disk = disk;
  }

  /** Undefined for what can only count by its bytes; also when the file holds others by now, which the look after the task will notice. */
  read(path: string, digest: Digest): JsonDocument | undefined {
    const known = this.#known.get(path);
    if (known?.digest === digest) return known.document;
    const bytes = this.#readIfThere(join(this.#root, path));
    const document = bytes !== undefined && digestOf(bytes) === digest ? parse(bytes) : undefined;
    this.#known.set(path, { digest, document });
    return document;
  }

  #readIfThere(file: string): Uint8Array | undefined {
    try {
      return this.#disk.readFile(file);
    } catch (error) {
      if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES', 'EPERM')) return undefined;
      throw error;
    }
  }
}

function parse(bytes: Uint8Array): JsonDocument | undefined {
  try {
    // A byte order mark stays: not every parser takes one.
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    if (holdsInexactNumber(text)) return undefined;
    const value = parseJsonc(text);
    // What nests too deeply to be written again throws here.
    JSON.stringify(value);
    return { value };
  } catch {
    // Not JSON, or not UTF-8: its bytes are all that can be said of it.
    return undefined;
  }
}

/** Two numbers that are one to JavaScript may be two to another program. */
function holdsInexactNumber(text: string): boolean {
  const rest = text.replace(/"(?:[^"\\\n]|\\.)*"|\/\/[^\n\r]*|\/\*[\s\S]*?\*\//g, ' ');
  return /\d[\d.]{15}|\d[eE]/.test(rest);
}
