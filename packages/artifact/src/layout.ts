import { MAX_SEGMENT_SIZE } from './limits.js';
import type { EntryList, ManifestEntry } from './manifest.js';
import { encodeTarHeader, paddingOf, TAR_BLOCK, TAR_END, type TarMember } from './tar-header.js';

/** What decides where everything stands in the uncompressed stream. */
export interface ArtifactLayout<Entries extends EntryList = EntryList> {
  readonly entries: Entries;
  /** Of `velocity.json`. */
  readonly metadataSize: number;
  readonly logSize: number;
}

/** A layout whose members can be asked for by their number. */
export type IndexedLayout = ArtifactLayout<readonly ManifestEntry[]>;

/** A run of bytes of one member: its header, content and padding together. */
export interface Slice {
  /** As {@link memberAt} counts; one more than the last member stands for the end mark. */
  readonly member: number;
  readonly start: number;
  readonly end: number;
}

/** What becomes one zstd frame and one blob. */
export interface Segment {
  readonly size: number;
  readonly slices: readonly Slice[];
}

/** An artifact up to this size is one segment. */
const SMALL_ARTIFACT = 1024 ** 2;
/** Cuts come where a segment has at least this, and on average at twice this; double for huge artifacts, whose blobs would become too many. */
const MIN_SEGMENT = 2 * 1024 ** 2;
const HUGE_ARTIFACT = 16 * 1024 ** 3;
/** `velocity.json` and `log`. */
const HEAD_MEMBERS = 2;

export function metadataMember(size: number): TarMember {
  return { name: 'velocity.json', type: 'file', size };
}

export function logMember(size: number): TarMember {
  return { name: 'log', type: 'file', size };
}

/** The member that an entry of the manifest becomes. */
export function entryMember(entry: ManifestEntry): TarMember {
  const name = `outputs/${entry.path}`;
  if (entry.type === 'symlink') return { name, type: 'symlink', size: 0, target: entry.target };
  if (entry.type === 'directory') return { name, type: 'directory', size: 0 };
  return { name, type: 'file', size: entry.size, executable: entry.executable };
}

/** `velocity.json`, `log`, then the entries in order; `undefined` behind the last. */
export function memberAt(layout: IndexedLayout, index: number): TarMember | undefined {
  if (index === 0) return metadataMember(layout.metadataSize);
  if (index === 1) return logMember(layout.logSize);
  const entry = layout.entries[index - HEAD_MEMBERS];
  return entry === undefined ? undefined : entryMember(entry);
}

/** Bytes of metadata and log. */
export function headSizeOf({ metadataSize, logSize }: ArtifactLayout): number {
  return memberSize(metadataMember(metadataSize)) + memberSize(logMember(logSize));
}

/** Bytes of the whole uncompressed stream. */
export function streamSizeOf(layout: ArtifactLayout): number {
  let size = headSizeOf(layout) + TAR_END.byteLength;
  for (const entry of layout.entries) size += memberSize(entryMember(entry));
  return size;
}

/**
 * The segments of a layout. They are cut between members, where the *name* of the next one says so, so that a change in one file leaves
 * the cuts elsewhere where they were; only a member that does not fit one segment is split. What differs in every artifact (metadata and
 * log) has segments of its own.
 */
export function* segmentsOf(layout: IndexedLayout): Generator<Segment, void, undefined> {
  const streamSize = streamSizeOf(layout);
  const isSmall = streamSize <= SMALL_ARTIFACT;
  const minimum = streamSize > HUGE_ARTIFACT ? 2 * MIN_SEGMENT : MIN_SEGMENT;
  const last = HEAD_MEMBERS + layout.entries.length;
  let slices: Slice[] = [];
  let used = 0;
  const finish = (): Segment => {
    const segment = { size: used, slices };
    slices = [];
    used = 0;
    return segment;
  };
  for (let index = 0; index <= last; index++) {
    const member = memberAt(layout, index);
    const size = member === undefined ? TAR_END.byteLength : memberSize(member);
    const isCut =
      used + size > MAX_SEGMENT_SIZE ||
      (member !== undefined &&
        (index === HEAD_MEMBERS ||
          (index > HEAD_MEMBERS && used >= minimum && isCutBefore(member.name, size, minimum))));
    if (!isSmall && used > 0 && isCut) yield finish();
    for (let start = 0; start < size;) {
      const end = Math.min(size, start + MAX_SEGMENT_SIZE - used);
      slices.push({ member: index, start, end });
      used += end - start;
      start = end;
      if (used === MAX_SEGMENT_SIZE) yield finish();
    }
    // The rest of a split file is a segment of its own: what follows must not depend on that file's size.
    if (size > MAX_SEGMENT_SIZE && used > 0) yield finish();
  }
  if (used > 0) yield finish();
}

/** Header, content and padding. */
export function memberSize(member: TarMember): number {
  // Nearly all names are short and plain: no need to write their header to know its size.
  const isPlain = member.type === 'file' && member.size < 2 ** 32 && /^[\u0020-\u007e]{1,100}$/.test(member.name);
  const header = isPlain ? TAR_BLOCK : encodeTarHeader(member).byteLength;
  return header + member.size + paddingOf(member.size);
}

/** True for about one name in every `spacing` bytes of members: FNV-1a over the UTF-16 code units, then the finalizer of MurmurHash3. */
function isCutBefore(name: string, size: number, spacing: number): boolean {
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index++) {
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  hash = (hash ^ (hash >>> 16)) >>> 0;
  return hash < (2 ** 32 * size) / spacing;
}
