import { isRelativePath, VelocityError } from '@velocity/core';
import { isWithin, joinPath, type Directory } from '../documents/workspace-path.js';
import { compilePattern, literalSegment, patternDepth, type PathMatcher } from './pattern.js';

/** Selects every file of a package that git does not ignore. */
export const DEFAULT_GLOB = '$DEFAULT';
const ROOT_PREFIX = '$ROOT/';

/** One glob of a list, compiled. Paths given to it are relative to the workspace. */
export interface Glob {
  readonly isNegative: boolean;
  /** Written with `$ROOT/`: it may reach into other packages. */
  readonly isFromRoot: boolean;
  /** The folder it is relative to. */
  readonly start: Directory;
  /** The folder below which everything it can match lies; for a literal that path itself. */
  readonly base: Directory;
  /** Names one path, which stands for itself and everything below. */
  readonly isLiteral: boolean;
  /** Levels below `base` at which something can match; Infinity with `**`. */
  readonly depth: number;
  readonly matches: (path: string) => boolean;
}

/** What a glob is, wherever it is written. */
interface Template extends Pick<Glob, 'isNegative' | 'isFromRoot' | 'isLiteral' | 'depth'> {
  readonly base: Directory;
  /** Takes a path relative to the folder of the glob. Absent when everything below `base` matches. */
  readonly matches?: PathMatcher;
}

/**
 * Compiles globs that are written in `directory`. `!` in front makes a glob negative, `\!` is a name that starts with it;
 * `$ROOT/` in front makes it relative to the workspace.
 *
 * @throws VelocityError `PATH_INVALID` for a glob that is absolute or leaves its folder
 */
export function parseGlobs(globs: readonly string[], directory: Directory): readonly Glob[] {
  return globs.map((glob) => place(templateOf(glob), directory));
}

function place(template: Template, directory: Directory): Glob {
  const start = template.isFromRoot ? '' : directory;
  const base = start === '' ? template.base : template.base === '' ? start : joinPath(start, template.base);
  const { matches } = template;
  if (matches === undefined) return { ...template, start, base, matches: (path) => isWithin(path, base) };
  if (start === '') return { ...template, start, base, matches };
  const offset = start.length + 1;
  return {
    ...template,
    start,
    base,
    matches: (path) => path.length > offset && isWithin(path, start) && matches(path.slice(offset)),
  };
}

const CACHE_LIMIT = 20_000;
const templates = new Map<string, Template>();

/** Templates are kept: packages mostly share their globs, and reading one costs several times what placing it does. */
function templateOf(source: string): Template {
  let template = templates.get(source);
  if (template === undefined) {
    if (templates.size >= CACHE_LIMIT) templates.clear();
    template = parseGlob(source);
    templates.set(source, template);
  }
  return template;
}

function parseGlob(source: string): Template {
  const isNegative = source.startsWith('!');
  const body = isNegative ? source.slice(1) : source;
  const isFromRoot = body.startsWith(ROOT_PREFIX);
  const common = { isNegative, isFromRoot, depth: Infinity };
  if (body === DEFAULT_GLOB) return { ...common, base: '', isLiteral: false };
  const segments = splitGlob(isFromRoot ? body.slice(ROOT_PREFIX.length) : body, source);
  const literal = literalStart(segments);
  const base = joinSegments(literal, source);
  if (literal.length === segments.length) return { ...common, base, isLiteral: true };
  const depth = patternDepth(segments.slice(literal.length));
  return { ...common, base, isLiteral: false, depth, matches: compilePattern(segments.join('/'), { dot: true }) };
}

function splitGlob(body: string, source: string): string[] {
  if (body.startsWith('/'))
    throw invalidGlob(source, 'is absolute', 'write it relative to the package, or with $ROOT/');
  const segments = body.split('/').filter((segment) => segment !== '' && segment !== '.');
  if (segments.includes('..'))
    throw invalidGlob(source, 'leaves its folder', 'a path outside of the package starts with $ROOT/');
  return segments;
}

function literalStart(segments: readonly string[]): string[] {
  const literal: string[] = [];
  for (const segment of segments) {
    const text = literalSegment(segment);
    if (text === undefined) break;
    literal.push(text);
  }
  return literal;
}

function joinSegments(segments: readonly string[], source: string): Directory {
  const path = segments.join('/');
  if (path === '' || isRelativePath(path)) return path;
  throw invalidGlob(source, 'is not a valid path');
}

function invalidGlob(source: string, what: string, hint?: string): VelocityError {
  return new VelocityError('PATH_INVALID', `glob ${JSON.stringify(source)} ${what}`, { hint });
}

/** What the last glob that matches says; false when none does. `canSelect` may veto single positive globs. */
export function selects(
  globs: readonly Glob[],
  path: string,
  canSelect: (glob: Glob) => boolean = () => true,
): boolean {
  for (let index = globs.length - 1; index >= 0; index -= 1) {
    const glob = globs[index] as Glob;
    if (glob.matches(path) && (glob.isNegative || canSelect(glob))) return !glob.isNegative;
  }
  return false;
}
