import type { CacheKey } from '@velocity/core';
import { corrupt } from './artifact-error.js';
import { allocateBytes, freeBytes } from './disposable-bytes.js';
import { EntryTable } from './entry-table.js';
import { MAX_OPENING_SIZE } from './limits.js';
import { CLOSING, decodeText, encodeEntry, parseJson, parseOpening, type ArtifactSummary } from './metadata.js';
import { ManifestBuilder, type ParseManifestOptions } from './parse-manifest.js';

/** Longer than any valid entry's line: path and target of 1024 bytes each, six times that where every byte needs a JSON escape. */
const MAX_ENTRY_LINE = 16 * 1024;

export interface MetadataReaderOptions extends ParseManifestOptions {
  /** Bytes of `velocity.json`. */
  readonly size: number;
  /** The key that it must name. Default: any. */
  readonly key?: CacheKey | undefined;
  /** How many entries there must be. */
  readonly entryCount: number;
  /** Whether somebody wants the fingerprint afterwards. It is checked in any case. */
  readonly keepsFingerprint: boolean;
}

export interface ReadMetadata {
  readonly summary: ArtifactSummary;
  /** Its text, where it was kept. */
  readonly fingerprint: Uint8Array | undefined;
  readonly entries: EntryTable;
}

/**
 * Reads `velocity.json` as its bytes arrive. Each line is parsed, validated and held against the one way to write what it says before
 * the next is looked at: so memory grows with valid entries only, and no two readers can see different things in it. Nothing that is
 * pushed is held on to.
 */
export class MetadataReader {
  readonly #options: MetadataReaderOptions;
  readonly #builder: ManifestBuilder<EntryTable>;
  #summary: ArtifactSummary | undefined;
  #fingerprint: Uint8Array | undefined;
  /** What came of a line so far, when a chunk ends within it. */
  #partial: Buffer = Buffer.alloc(0);
  #partialSize = 0;
  #state: 'first' | 'entry' | 'closing' | 'done' = 'first';

  constructor(options: MetadataReaderOptions) {
    this.#options = options;
    this.#builder = new ManifestBuilder(new EntryTable(options.entryCount), options.entryCount, options);
  }

  push(chunk: Uint8Array): void {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      this.#checkLength(this.#partialSize + end - start);
      if (this.#partialSize === 0) {
        this.#readLine(chunk.subarray(start, end));
      } else {
        this.#keep(chunk.subarray(start, end));
        this.#readLine(this.#partial.subarray(0, this.#partialSize));
        this.#drop();
      }
      start = end + 1;
    }
    this.#checkLength(this.#partialSize + chunk.byteLength - start);
    if (start < chunk.byteLength) this.#keep(chunk.subarray(start));
  }

  finish(): ReadMetadata {
    if (this.#state !== 'done' || this.#summary === undefined || this.#partialSize > 0) {
      throw corrupt('velocity.json does not end as it should');
    }
    return { summary: this.#summary, fingerprint: this.#fingerprint, entries: this.#builder.finish() };
  }

  #keep(piece: Uint8Array): void {
    if (this.#partialSize === 0) {
      this.#partial = allocateBytes(Math.min(this.#options.size, this.#maxLength()));
    }
    this.#partial.set(piece, this.#partialSize);
    this.#partialSize += piece.byteLength;
  }

  #drop(): void {
    freeBytes(this.#partial);
    this.#partial = Buffer.alloc(0);
    this.#partialSize = 0;
  }

  #maxLength(): number {
    return this.#state === 'first' ? MAX_OPENING_SIZE : MAX_ENTRY_LINE;
  }

  #checkLength(length: number): void {
    if (length > this.#maxLength()) throw corrupt('velocity.json has a line that is too long');
  }

  #readLine(line: Uint8Array): void {
    if (this.#state === 'first') {
      const { summary, fingerprint } = parseOpening(line);
      const { key = summary.key } = this.#options;
      // Before its entries: those of another result are not what this one may write, and that would be no reason to tell.
      if (summary.key !== key) throw corrupt(`it was made for the key ${summary.key}`);
      this.#summary = summary;
      if (this.#options.keepsFingerprint) this.#fingerprint = Uint8Array.from(fingerprint);
      this.#state = this.#options.entryCount === 0 ? 'closing' : 'entry';
    } else if (this.#state === 'entry') {
      this.#readEntry(decodeText(line));
    } else if (this.#state === 'closing' && decodeText(line) === CLOSING) {
      this.#state = 'done';
    } else throw corrupt('velocity.json does not end as it should');
  }

  #readEntry(text: string): void {
    const { entryCount } = this.#options;
    if (text === CLOSING) throw corrupt(`the manifest has fewer entries than the ${entryCount} that were said`);
    const isLast = this.#builder.entries.length + 1 === entryCount;
    if (text.endsWith(',') === isLast) throw corrupt(`the manifest does not have ${entryCount} entries`);
    const json = isLast ? text : text.slice(0, -1);
    const entry = this.#builder.add(parseJson(json));
    if (encodeEntry(entry) !== json) throw corrupt('velocity.json is not in its canonical form');
    if (isLast) this.#state = 'closing';
  }
}
