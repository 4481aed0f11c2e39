/** What made two executions differ, where it can be told by looking. */
export type LikelyCause =
  | 'absolute path'
  | 'time stamp'
  | 'random value or digest'
  | 'order of lines'
  | 'order of values'
  | 'only in one execution';

/** What stands around the place at which two files begin to differ: `column` is that place in `text`. */
export interface Excerpt {
  readonly text: string;
  readonly column: number;
}

/** What is known of one of the two executions. */
export interface Circumstances {
  /** Name of the copy's folder: nothing else is called so. */
  readonly folderName: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
}

export type Pair<T> = readonly [first: T, second: T];

interface Shape {
  readonly cause: LikelyCause;
  readonly pattern: RegExp;
  readonly isMeant: (token: string, around: Circumstances) => boolean;
}

/** A date without a time, in any time zone, is still near. */
const NEAR_MS = 2 * 24 * 3_600_000;
const MILLISECONDS_BY_DIGITS: Readonly<Record<number, number>> = { 10: 1000, 13: 1, 16: 1e-3, 19: 1e-6 };

/** The first that matches on both sides wins. */
const SHAPES: readonly Shape[] = [
  {
    cause: 'time stamp',
    pattern: /\d{4}-\d\d-\d\d(?:[T _]\d\d[:.-]\d\d(?:[:.-]\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?/g,
    isMeant: (token, around) => isNear(Date.parse(token.slice(0, 10)), around),
  },
  {
    cause: 'time stamp',
    pattern: /\d{8}T?\d{6}Z?/g,
    isMeant: (token, around) =>
      isNear(Date.parse(`${token.slice(0, 4)}-${token.slice(4, 6)}-${token.slice(6, 8)}`), around),
  },
  // RFC 1123, and what Date's own toString and asctime say.
  {
    cause: 'time stamp',
    pattern: /(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? [\w ]+[ \d]\d:\d\d:\d\d/g,
    isMeant: () => true,
  },
  { cause: 'time stamp', pattern: /\d{1,2}:\d\d:\d\d(?:[.,]\d+)?(?: ?[AP]M)?/gi, isMeant: () => true },
  { cause: 'time stamp', pattern: /\d{10,19}(?:\.\d+)?/g, isMeant: isEpoch },
  // tar's header has it in octal.
  {
    cause: 'time stamp',
    pattern: /\b[0-7]{11}\b/g,
    isMeant: (token, around) => isNear(parseInt(token, 8) * 1000, around),
  },
  {
    cause: 'random value or digest',
    pattern: /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi,
    isMeant: () => true,
  },
  { cause: 'random value or digest', pattern: /[0-9a-f]{8,}/gi, isMeant: (token) => /\d/.test(token) },
  { cause: 'random value or digest', pattern: /\d\.\d{8,}/g, isMeant: () => true },
  {
    cause: 'random value or digest',
    pattern: /[\w+/-]{10,}={0,2}/g,
    isMeant: (token) => /\d[a-z]+\d/i.test(token),
  },
];

/** Undefined where nothing is recognised. */
export function likelyCause(excerpts: Pair<Excerpt>, around: Pair<Circumstances>): LikelyCause | undefined {
  if (isPath(excerpts, around)) return 'absolute path';
  const shape = SHAPES.find(({ pattern, isMeant }) =>
    [0, 1].every((side) => {
      const token = tokenAt(excerpts[side as 0 | 1], pattern);
      return token !== undefined && isMeant(token, around[side as 0 | 1]);
    }),
  );
  return shape?.cause;
}

/** The same for bytes: text is in them as well as numbers. */
export function likelyCauseInBytes(
  windows: Pair<Buffer>,
  offset: number,
  around: Pair<Circumstances>,
): LikelyCause | undefined {
  const excerpts = windows.map((bytes) => ({ text: bytes.toString('latin1'), column: offset }));
  const [first, second] = excerpts as unknown as Pair<Excerpt>;
  // Before it stands its length, often: the place need not be in the path.
  if (first.text.includes(around[0].folderName) && second.text.includes(around[1].folderName)) return 'absolute path';
  if (windows.every((bytes, side) => holdsEpoch(bytes, offset, around[side as 0 | 1]))) return 'time stamp';
  return likelyCause([first, second], around);
}

function isPath(excerpts: Pair<Excerpt>, around: Pair<Circumstances>): boolean {
  return excerpts.every(({ text, column }, side) => {
    const { folderName } = around[side as 0 | 1];
    const at = text.lastIndexOf(folderName, column);
    return at !== -1 && column <= at + folderName.length;
  });
}

function tokenAt({ text, column }: Excerpt, pattern: RegExp): string | undefined {
  for (const match of text.matchAll(pattern)) {
    if (match.index <= column && column <= match.index + match[0].length) return match[0];
  }
  return undefined;
}

/** Seconds, milliseconds, microseconds or nanoseconds since 1970. */
function isEpoch(token: string, around: Circumstances): boolean {
  const factor = MILLISECONDS_BY_DIGITS[token.split('.')[0]?.length ?? 0];
  return factor !== undefined && isNear(Number(token) * factor, around);
}

function isNear(timeMs: number, { startedAtMs, endedAtMs }: Circumstances): boolean {
  return timeMs >= startedAtMs - NEAR_MS && timeMs <= endedAtMs + NEAR_MS;
}

/** Four bytes around the place that are the seconds of the execution itself, as gzip has them: by chance that is one in a million. */
function holdsEpoch(bytes: Buffer, offset: number, { startedAtMs, endedAtMs }: Circumstances): boolean {
  const isDuring = (seconds: number): boolean => seconds >= startedAtMs / 1000 - 1 && seconds <= endedAtMs / 1000 + 1;
  for (let at = Math.max(0, offset - 3); at <= offset && at + 4 <= bytes.length; at++) {
    if (isDuring(bytes.readUInt32LE(at)) || isDuring(bytes.readUInt32BE(at))) return true;
  }
  return false;
}
