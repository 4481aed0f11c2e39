/**
 * The ways a store can be wrong, each by its name. `true` lasts until lifted; a number is how many more times it strikes.
 * Without any the fake does what AWS documents.
 */
export interface Misbehaviours {
  /** A conditional PUT overwrites and answers 200 (Garage, s3rver). */
  readonly ignoreIfNoneMatch?: boolean | number;
  /** The condition is checked before the body is read and not again: writers that overlap all get 200 (versitygw on a file system). */
  readonly racyIfNoneMatch?: boolean | number;
  /** A conditional PUT is answered 501 (Swift, Backblaze B2). */
  readonly conditionalNotImplemented?: boolean | number;
  /** Only `x-goog-if-generation-match: 0` is a condition, and `If-None-Match` is ignored (Google Cloud Storage, as documented). */
  readonly googlePrecondition?: boolean | number;
  /** The condition is checked unless the very same signature wrote the object before: a URL can be used again to overwrite. */
  readonly overwriteAllowed?: boolean | number;
  /** A conditional PUT is answered 409 ConditionalRequestConflict (AWS, when writers overlap); `1` is once and then well again. */
  readonly conflict409?: boolean | number;
  /** `x-amz-checksum-*` is stored and handed out as claimed, never compared. */
  readonly ignoreChecksum?: boolean | number;
  /** `x-amz-content-sha256` is not compared with the body, nor is `content-md5`. */
  readonly ignoreContentSha256?: boolean | number;
  /** A presigned request that carries a hash in `x-amz-content-sha256` is answered 403, even when it is right (Swift). */
  readonly rejectContentSha256?: boolean | number;
  /** HEAD and GET keep silent about the stored checksum; with `ignoreChecksum` this is Ceph RGW 16. */
  readonly noChecksumOnHead?: boolean | number;
  /** A shorter body than announced is kept as far as it came, and a signed `content-length` binds nobody. */
  readonly acceptShorter?: boolean | number;
  /** A presigned URL works for ever. */
  readonly acceptExpired?: boolean | number;
  /** 403 for every list, and for every object that does not exist, as AWS does without `s3:ListBucket`. */
  readonly denyListBucket?: boolean | number;
  /** 503 SlowDown. */
  readonly slowDown503?: boolean | number | { readonly probability: number };
  /** 200 with an error document inside, and nothing done. HEAD, which has no body, is spared. */
  readonly errorInside200?: boolean | number;
  /** The request is taken and never answered. */
  readonly hang?: boolean | number;
  /** The connection is reset half-way through the body, of a PUT or of the answer to a GET. */
  readonly resetMidBody?: boolean | number;
  /** GET answers with half of the body, and a Content-Length that agrees with it. */
  readonly truncateBody?: boolean | number;
  /** GET answers with one byte of the body changed. */
  readonly corruptByte?: boolean | number;
  /** GET sends so many bytes a second. */
  readonly slowBody?: number;
}

export type MisbehaviourName = keyof Misbehaviours;

export interface MisbehaviourSwitch {
  /** Adds to what is on already; `false` lifts one. */
  set(next: Misbehaviours): void;
  clear(): void;
  /** Whether it is on now. Asking uses up one time of a counted one: ask only where it would make a difference. */
  readonly strikes: (name: Exclude<MisbehaviourName, 'slowBody'>) => boolean;
  readonly slowBody: number | undefined;
}

export function createMisbehaviourSwitch(random: () => number): MisbehaviourSwitch {
  let active: { -readonly [Name in MisbehaviourName]?: Misbehaviours[Name] } = {};
  return {
    set: (next) => {
      active = { ...active, ...next };
    },
    clear: () => {
      active = {};
    },
    strikes: (name) => {
      const value = active[name];
      if (value === undefined || typeof value === 'boolean') return value === true;
      if (typeof value === 'object') return random() < value.probability;
      if (value <= 0) return false;
      active[name] = value - 1;
      return true;
    },
    get slowBody() {
      return active.slowBody;
    },
  };
}

/** A small generator with a seed (mulberry32), so that a run with probabilities can be repeated. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
