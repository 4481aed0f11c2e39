import { corrupt } from './artifact-error.js';
import { MAX_OPENING_SIZE } from './limits.js';
import {
  CLOSING,
  decodeText,
  encodeEntry,
  parseJson,
  parseOpening,
  type ArtifactMetadata,
  type ArtifactOpening,
} from './metadata.js';
import { ManifestBuilder, type ParseManifestOptions } from './parse-manifest.js';

/** Longer than any valid entry's line: path and target of 1024 bytes each, six times that where every byte needs a JSON escape. */
const MAX_ENTRY_LINE = 16 * 1024;

/**
 * Reads `velocity.json` as its bytes arrive. Each line is parsed, validated and held against the one way to write what it says before
 * the next is looked at: so memory grows with valid entries only, and no two readers can see different things in it.
 */
export class MetadataReader {
  readonly #entryCount: number;
  readonly #builder: ManifestBuilder;
  #opening: ArtifactOpening | undefined;
  #partial: Uint8Array[] = [];
  #partialSize = 0;
  #entries = 0;
  #state: 'first' | 'entry' | 'closing' | 'done' = 'first';

  /** @param entryCount how many entries there must be */
  constructor(options: ParseManifestOptions & { readonly entryCount: number }) {
    this.#entryCount = options.entryCount;
    this.#builder = new ManifestBuilder(options);
  }

  push(chunk: Uint8Array): void {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      const line = chunk.subarray(start, end);
      this.#checkLength(this.#partialSize + line.byteLength);
      this.#readLine(this.#partialSize === 0 ? line : Buffer.concat([...this.#partial, line]));
      this.#partial = [];
      this.#partialSize = 0;
      start = end + 1;
    }
    const rest = chunk.subarray(start);
    this.#checkLength(this.#partialSize + rest.byteLength);
    if (rest.byteLength > 0) this.#partial.push(rest);
    this.#partialSize += rest.byteLength;
  }

  finish(): ArtifactMetadata {
    if (this.#state !== 'done' || this.#opening === undefined || this.#partialSize > 0) {
      throw corrupt('velocity.json does not end as it should');
    }
    return { ...this.#opening, manifest: this.#builder.finish() };
  }

  #checkLength(length: number): void {
    if (length > (this.#state === 'first' ? MAX_OPENING_SIZE : MAX_ENTRY_LINE)) {
      throw corrupt('velocity.json has a line that is too long');
    }
  }

  #readLine(line: Uint8Array): void {
    if (this.#state === 'first') {
      this.#opening = parseOpening(line);
      this.#state = this.#entryCount === 0 ? 'closing' : 'entry';
    } else if (this.#state === 'entry') {
      this.#readEntry(decodeText(line));
    } else if (this.#state === 'closing' && decodeText(line) === CLOSING) {
      this.#state = 'done';
    } else throw corrupt('velocity.json does not end as it should');
  }

  #readEntry(text: string): void {
    if (text === CLOSING) throw corrupt(`the manifest has fewer entries than the ${this.#entryCount} that were said`);
    this.#entries += 1;
    const isLast = this.#entries === this.#entryCount;
    if (text.endsWith(',') === isLast) throw corrupt(`the manifest does not have ${this.#entryCount} entries`);
    const json = isLast ? text : text.slice(0, -1);
    const entry = this.#builder.add(parseJson(json));
    if (encodeEntry(entry) !== json) throw corrupt('velocity.json is not in its canonical form');
    if (isLast) this.#state = 'closing';
  }
}
