import { compareCodeUnits } from '@velocity/core';
import { corrupt, quotePath, tooLarge, unsafe } from './artifact-error.js';
import { MAX_NAMES_SIZE, withDefaults, type ArtifactLimits } from './limits.js';
import type { Manifest, ManifestEntry } from './manifest.js';
import { EMPTY_NAME, extendHash, NameSet, type NameHash } from './name-set.js';
import { isPlainObject, parseEntry } from './parse-entry.js';
import { collisionKey } from './path-problem.js';

export interface ParseManifestOptions {
  readonly limits?: Partial<ArtifactLimits> | undefined;
  /** Whether a path is one that the task declares as output; one that is not makes the manifest unsafe. */
  readonly accepts?: ((path: string) => boolean) | undefined;
  /** Whose rules for names hold. Default: this machine's. */
  readonly platform?: NodeJS.Platform | undefined;
}

/**
 * The one judge of manifests, when packing and when unpacking: what passes can be written below an empty folder, on this platform, without
 * touching anything outside of it, and gives exactly one tree.
 *
 * @throws VelocityError `ARTIFACT_CORRUPT` (wrong shape or order), `ARTIFACT_UNSAFE` (a path, link or collision), `ARTIFACT_TOO_LARGE`
 */
export function parseManifest(value: unknown, options: ParseManifestOptions = {}): Manifest {
  if (!isPlainObject(value) || value['version'] !== 1 || !Array.isArray(value['entries'])) {
    throw corrupt('not a manifest of version 1');
  }
  if (Object.keys(value).length !== 2) throw corrupt('the manifest has a field that is not known');
  const list: readonly unknown[] = value['entries'];
  const builder = new ManifestBuilder<ManifestEntry[]>([], list.length, options);
  for (const entry of list) builder.add(entry);
  return { version: 1, entries: builder.finish() };
}

/** Where entries that passed go: an array, or what takes less. */
export interface EntryStore extends Iterable<ManifestEntry> {
  readonly length: number;
  push(entry: ManifestEntry): unknown;
}

/**
 * {@link parseManifest}, entry by entry: stops at the first bad one. Because entries come in the order of their code units, all that lies
 * below one folder comes in one run: a folder is new exactly when the entry before does not lie in it too.
 */
export class ManifestBuilder<Store extends EntryStore> {
  readonly entries: Store;
  readonly #limits: ArtifactLimits;
  readonly #accepts: (path: string) => boolean;
  readonly #platform: NodeJS.Platform;
  /** Entries and folders above them, as the most forgiving file system spells them. */
  readonly #names: NameSet;
  #previous = '';
  /** Of each folder above the previous entry, the topmost first. */
  #hashes: readonly NameHash[] = [];
  #folders = 0;
  #outputSize = 0;
  #namesSize = 0;

  /** @param expected how many entries there will be */
  constructor(entries: Store, expected: number, options: ParseManifestOptions) {
    this.entries = entries;
    this.#names = new NameSet(expected);
    this.#limits = withDefaults(options.limits);
    this.#accepts = options.accepts ?? (() => true);
    this.#platform = options.platform ?? process.platform;
  }

  add(value: unknown): ManifestEntry {
    if (this.entries.length >= this.#limits.maxEntries) throw tooLarge(`more than ${this.#limits.maxEntries} entries`);
    const entry = parseEntry(value, this.#platform);
    if (!this.#accepts(entry.path)) throw unsafe(entry.path, 'is not an output of this task');
    if (compareCodeUnits(this.#previous, entry.path) >= 0) {
      throw corrupt(`entries are not in order at ${quotePath(entry.path)}`);
    }
    this.#claim(entry.path);
    this.#count(entry);
    this.#previous = entry.path;
    this.entries.push(entry);
    return entry;
  }

  /** No more will come. */
  finish(): Store {
    this.#names.close();
    return this.entries;
  }

  #count(entry: ManifestEntry): void {
    if (entry.type === 'file') this.#outputSize += entry.size;
    if (this.#outputSize > this.#limits.maxOutputSize) {
      throw tooLarge(`more than ${this.#limits.maxOutputSize} bytes of files`);
    }
    const { units } = sharedStart(this.#previous, entry.path);
    this.#namesSize += Buffer.byteLength(entry.path.slice(units));
    if (entry.type === 'symlink') this.#namesSize += Buffer.byteLength(entry.target);
    if (this.#namesSize > MAX_NAMES_SIZE) throw tooLarge(`paths and link targets of more than ${MAX_NAMES_SIZE} bytes`);
  }

  /** The path, and the folders above it that are new. */
  #claim(path: string): void {
    const names = path.split('/');
    const known = sharedStart(this.#previous, path).folders;
    const hashes = this.#hashes.slice(0, known);
    for (let depth = known; depth < names.length; depth++) {
      const hash = extendHash(hashes.at(-1) ?? EMPTY_NAME, `/${collisionKey(names[depth] as string)}`);
      const isFolder = depth < names.length - 1;
      if (isFolder) this.#countFolder();
      if (!this.#names.add(hash)) throw this.#collision(path, names.slice(0, depth + 1).join('/'));
      if (isFolder) hashes.push(hash);
    }
    this.#hashes = hashes;
  }

  #countFolder(): void {
    this.#folders += 1;
    if (this.#folders > this.#limits.maxEntries) throw tooLarge(`more than ${this.#limits.maxEntries} folders`);
  }

  /** Only now that it matters, looks for the one that `name`, which is `path` or a folder above it, is taken by. */
  #collision(path: string, name: string): Error {
    const key = collisionKey(name);
    for (const { path: other } of this.entries) {
      const otherKey = collisionKey(other);
      if (otherKey === key && name !== path) return unsafe(path, `lies below the entry ${quotePath(other)}`);
      if (otherKey !== key && !otherKey.startsWith(`${key}/`)) continue;
      const taken = other.split('/').slice(0, name.split('/').length).join('/');
      return unsafe(name, `and ${quotePath(taken)} are one name on some file systems`, 'rename one of them');
    }
    return unsafe(name, 'is too much like another name', 'rename it');
  }
}

/** What two paths have in common at their start: UTF-16 code units, and folders among them. */
function sharedStart(other: string, path: string): { readonly units: number; readonly folders: number } {
  let folders = 0;
  let units = 0;
  for (; units < other.length && units < path.length; units++) {
    const unit = path.charCodeAt(units);
    if (unit !== other.charCodeAt(units)) break;
    if (unit === 0x2f) folders += 1;
  }
  return { units, folders };
}
