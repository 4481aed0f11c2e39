import type { RelativePath } from '@velocity/core';
import type { BlobDescription } from './description.js';
import { entryMember, headSizeOf, memberSize, type ArtifactLayout } from './layout.js';
import type { EntryList, ManifestEntry } from './manifest.js';

/** Which entries of an artifact are to be unpacked, and what that takes. */
export class StagedEntries {
  /** `undefined` when all are. */
  readonly paths: ReadonlySet<RelativePath> | undefined;
  readonly #isInPlace: Uint8Array;

  /** Asks once for each entry; without a question all are. */
  constructor(entries: EntryList, isInPlace: ((entry: ManifestEntry) => boolean) | undefined) {
    this.#isInPlace = new Uint8Array(entries.length);
    if (isInPlace === undefined) return;
    const paths = new Set<RelativePath>();
    let index = 0;
    for (const entry of entries) {
      if (isInPlace(entry)) this.#isInPlace[index] = 1;
      else paths.add(entry.path);
      index += 1;
    }
    if (paths.size < entries.length) this.paths = paths;
  }

  has(index: number): boolean {
    return this.#isInPlace[index] === 0;
  }

  /** Says of each blob whether anything of metadata, log or a staged entry is in it. */
  blobsNeeded(blobs: readonly BlobDescription[], layout: ArtifactLayout): (index: number) => boolean {
    if (this.paths === undefined) return () => true;
    const isNeeded = new Uint8Array(blobs.length);
    let blob = 0;
    let blobStart = 0;
    /** Runs come in order, and do not overlap. */
    const need = (start: number, end: number): void => {
      for (; blob < blobs.length && blobStart < end; blob++) {
        const blobEnd = blobStart + (blobs[blob] as BlobDescription).unpackedSize;
        if (blobEnd > start) isNeeded[blob] = 1;
        // The next run may begin in it.
        if (blobEnd > end) return;
        blobStart = blobEnd;
      }
    };
    let start = headSizeOf(layout);
    need(0, start);
    let index = 0;
    for (const entry of layout.entries) {
      const end = start + memberSize(entryMember(entry));
      if (this.has(index)) need(start, end);
      start = end;
      index += 1;
    }
    return (number) => isNeeded[number] === 1;
  }
}
