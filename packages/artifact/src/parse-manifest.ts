import { compareCodeUnits } from '@velocity/core';
import { corrupt, quotePath, tooLarge, unsafe } from './artifact-error.js';
import { withDefaults, type ArtifactLimits } from './limits.js';
import type { Manifest, ManifestEntry } from './manifest.js';
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
  const builder = new ManifestBuilder(options);
  for (const entry of value['entries']) builder.add(entry);
  return builder.finish();
}

/** {@link parseManifest}, entry by entry: stops at the first bad one. */
export class ManifestBuilder {
  readonly #limits: ArtifactLimits;
  readonly #accepts: (path: string) => boolean;
  readonly #platform: NodeJS.Platform;
  readonly #entries: ManifestEntry[] = [];
  /** Who has taken a name: the exact path, and whether it is an entry or a folder above one. */
  readonly #names = new Map<string, { readonly path: string; readonly isEntry: boolean }>();
  #folders = 0;
  #outputSize = 0;

  constructor(options: ParseManifestOptions) {
    this.#limits = withDefaults(options.limits);
    this.#accepts = options.accepts ?? (() => true);
    this.#platform = options.platform ?? process.platform;
  }

  add(value: unknown): ManifestEntry {
    if (this.#entries.length >= this.#limits.maxEntries) {
      throw tooLarge(`more than ${this.#limits.maxEntries} entries`);
    }
    const entry = parseEntry(value, this.#platform);
    if (!this.#accepts(entry.path)) throw unsafe(entry.path, 'is not an output of this task');
    const previous = this.#entries.at(-1);
    if (previous !== undefined && compareCodeUnits(previous.path, entry.path) >= 0) {
      throw corrupt(`entries are not in order at ${quotePath(entry.path)}`);
    }
    this.#claimFolders(entry.path);
    this.#claim(entry.path);
    if (entry.type === 'file') this.#outputSize += entry.size;
    if (this.#outputSize > this.#limits.maxOutputSize) {
      throw tooLarge(`more than ${this.#limits.maxOutputSize} bytes of files`);
    }
    this.#entries.push(entry);
    return entry;
  }

  finish(): Manifest {
    return { version: 1, entries: this.#entries };
  }

  #claim(path: string): void {
    const key = collisionKey(path);
    const other = this.#names.get(key);
    if (other !== undefined) throw collision(path, other.path);
    this.#names.set(key, { path, isEntry: true });
  }

  /** From the nearest folder up, until one that is known: those above it are then known too. */
  #claimFolders(path: string): void {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const folder = path.slice(0, end);
      const key = collisionKey(folder);
      const other = this.#names.get(key);
      if (other?.isEntry === true) throw unsafe(path, `lies below the entry ${quotePath(other.path)}`);
      if (other !== undefined && other.path !== folder) throw collision(folder, other.path);
      if (other !== undefined) return;
      this.#folders += 1;
      if (this.#folders > this.#limits.maxEntries) throw tooLarge(`more than ${this.#limits.maxEntries} folders`);
      this.#names.set(key, { path: folder, isEntry: false });
    }
  }
}

function collision(path: string, other: string): Error {
  return unsafe(path, `and ${quotePath(other)} are one name on some file systems`, 'rename one of them');
}
