import picomatch from 'picomatch';

/** Says whether a path, relative to where the pattern is written, matches. */
export type PathMatcher = (path: string) => boolean;

const CACHE_LIMIT = 20_000;
const cache = new Map<string, PathMatcher>();

/**
 * Compiles one glob without a leading `!`: `*`, `?`, `**`, `[a-z]`, `{a,b}` and `@(a|b)`, as picomatch has them, with two
 * differences. Plain parentheses are text, as in a shell. And a pattern with brackets also matches the path that spells
 * them out, for the sake of folders called `[id]`.
 *
 * Compiled matchers are kept: the packages of a workspace mostly share their patterns, and compiling costs 30 times a match.
 */
export function compilePattern(pattern: string, options: { readonly dot: boolean }): PathMatcher {
  const key = `${options.dot ? 'dot' : ''}:${pattern}`;
  const known = cache.get(key);
  if (known !== undefined) return known;
  if (cache.size >= CACHE_LIMIT) cache.clear();
  const matcher = compile(pattern, options.dot);
  cache.set(key, matcher);
  return matcher;
}

function compile(pattern: string, dot: boolean): PathMatcher {
  // Flag "s": names may hold line breaks, which the "." of a compiled "**" must match.
  const settings = { dot, nonegate: true, windows: false, flags: 's' } as const;
  const text = escapePlainParentheses(pattern);
  const matches = picomatch(text, settings);
  if (!text.includes('[')) return (path) => matches(path);
  const spelledOut = picomatch(text.replace(/(?<!\\)[[\]]/g, '\\$&'), settings);
  return (path) => matches(path) || spelledOut(path);
}

/** Escapes the parentheses that do not belong to an extglob such as `@(a|b)`. */
function escapePlainParentheses(pattern: string): string {
  if (!pattern.includes('(')) return pattern;
  let result = '';
  const isPlain: boolean[] = [];
  for (let index = 0; index < pattern.length; index += 1) {
    const character = pattern[index] as string;
    if (character === '\\') {
      result += pattern.slice(index, index + 2);
      index += 1;
    } else if (character === '(') {
      const plain = !'!@?*+'.includes(pattern[index - 1] ?? ' ');
      isPlain.push(plain);
      result += plain ? '\\(' : '(';
    } else if (character === ')') {
      result += (isPlain.pop() ?? true) ? '\\)' : ')';
    } else {
      result += character;
    }
  }
  return result;
}

/** The text that a segment of a pattern stands for, without its escapes; undefined when it can match more than one name. */
export function literalSegment(segment: string): string | undefined {
  const unescaped = segment.replace(/\\(.)/gs, '');
  if (/[*?[\]{}\\]|[!@+]\(/.test(unescaped)) return undefined;
  return segment.replace(/\\(.)/gs, '$1');
}

/** How deep below its literal start a pattern can match, in segments. */
export function patternDepth(segments: readonly string[]): number {
  const hasSlashInside = segments.some(
    (segment) => (segment.match(/[{(]/g) ?? []).length !== (segment.match(/[})]/g) ?? []).length,
  );
  return hasSlashInside || segments.some((segment) => segment.includes('**')) ? Infinity : segments.length;
}
