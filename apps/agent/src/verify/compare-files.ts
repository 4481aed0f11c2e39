import { lstatSync, readlinkSync, type Stats } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isBinary, lineAt, shownBytes, shownText } from './excerpt.js';
import { firstDifference, readAround } from './first-difference.js';
import { likelyCause, likelyCauseInBytes, type LikelyCause, type Pair } from './likely-cause.js';
import { sameInOtherOrder } from './other-order.js';

/** How one path differs between two executions. What is shown of each is cut, and safe to print. */
export type FileDifference = { readonly path: string; readonly cause?: LikelyCause | undefined } & (
  | { readonly kind: 'presence'; readonly onlyIn: 'first' | 'second' }
  | { readonly kind: 'type' | 'executable' | 'target'; readonly first: string; readonly second: string }
  | {
      readonly kind: 'content';
      /** Of the first byte that differs, from 0. */
      readonly offset: number;
      /** Of the line with that byte, from 1; absent for what is no text. */
      readonly line?: number | undefined;
      readonly first: string;
      readonly second: string;
    }
);

/** One of the two executions, for comparing what it left. */
export interface ComparedRun {
  readonly root: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
}

/** Files up to this size are read whole to see whether only the order differs. */
const ORDER_BYTES = 4 * 1024 * 1024;

/** Undefined when both hold the same: type, executable bit, link target, content. @param path relative to the copies */
export async function compareFiles(path: string, runs: Pair<ComparedRun>): Promise<FileDifference | undefined> {
  const [first, second] = [join(runs[0].root, path), join(runs[1].root, path)];
  const before = lstatSync(first, { throwIfNoEntry: false });
  const after = lstatSync(second, { throwIfNoEntry: false });
  if (before === undefined || after === undefined) {
    if (before === after) return undefined;
    const onlyIn = before === undefined ? 'second' : 'first';
    return { path, kind: 'presence', onlyIn, cause: 'only in one execution' };
  }
  const types = [typeOf(before), typeOf(after)] as const;
  if (types[0] !== types[1]) return { path, kind: 'type', first: types[0], second: types[1] };
  if (types[0] === 'symlink') return compareTargets(path, [readlinkSync(first), readlinkSync(second)], runs);
  if (types[0] !== 'file') return undefined;
  const content = await compareContents([first, second], runs);
  if (content !== undefined) return { path, kind: 'content', ...content };
  const modes = [modeOf(before), modeOf(after)] as const;
  return modes[0] === modes[1] ? undefined : { path, kind: 'executable', first: modes[0], second: modes[1] };
}

/** Where two files begin to differ; undefined when they hold the same. */
export async function compareContents(
  files: Pair<string>,
  runs: Pair<ComparedRun>,
): Promise<Omit<Extract<FileDifference, { kind: 'content' }>, 'path' | 'kind'> | undefined> {
  const difference = await firstDifference(...files);
  if (difference === undefined) return undefined;
  const { offset, line } = difference;
  const windows = [readAround(files[0], difference), readAround(files[1], difference)] as const;
  const around = [circumstances(runs[0]), circumstances(runs[1])] as const;
  if (windows.some(isBinary)) {
    const cause = likelyCauseInBytes([windows[0].bytes, windows[1].bytes], windows[0].offset, around);
    return { offset, first: shownBytes(windows[0]), second: shownBytes(windows[1]), cause };
  }
  const excerpts = [lineAt(windows[0]), lineAt(windows[1])] as const;
  const cause = (await orderCause(files)) ?? likelyCause(excerpts, around);
  return {
    offset,
    line,
    first: shownText(excerpts[0], windows[0].isCut),
    second: shownText(excerpts[1], windows[1].isCut),
    cause,
  };
}

function compareTargets(path: string, targets: Pair<string>, runs: Pair<ComparedRun>): FileDifference | undefined {
  const [first, second] = targets;
  if (first === second) return undefined;
  let at = 0;
  while (at < first.length && first[at] === second[at]) at += 1;
  const excerpts = [
    { text: first, column: at },
    { text: second, column: at },
  ] as const;
  const cause = likelyCause(excerpts, [circumstances(runs[0]), circumstances(runs[1])]);
  return { path, kind: 'target', first: shownText(excerpts[0], false), second: shownText(excerpts[1], false), cause };
}

async function orderCause(files: Pair<string>): Promise<LikelyCause | undefined> {
  const sizes = files.map((file) => lstatSync(file).size);
  if (sizes[0] !== sizes[1] || (sizes[0] ?? 0) > ORDER_BYTES) return undefined;
  return sameInOtherOrder(await readFile(files[0], 'utf8'), await readFile(files[1], 'utf8'));
}

function circumstances({ root, startedAtMs, endedAtMs }: ComparedRun) {
  return { folderName: basename(root), startedAtMs, endedAtMs };
}

function typeOf(stats: Stats): 'file' | 'directory' | 'symlink' | 'special file' {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  return stats.isSymbolicLink() ? 'symlink' : 'special file';
}

function modeOf(stats: Stats): string {
  return (stats.mode & 0o100) === 0 ? 'not executable' : 'executable';
}
