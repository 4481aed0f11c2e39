/** Whether a pattern means more than itself. */
export function hasWildcard(pattern: string): boolean {
  return /[*?]/.test(pattern);
}

/**
 * `*` stands for any characters and `?` for one; a `/` is one like others, as in the package names of turbo and pnpm:
 * `*-utils` finds `@acme/date-utils`. Not a regular expression: those take for ever on `*****x`.
 */
export function matchesName(pattern: string, name: string): boolean {
  let at = 0;
  let star = -1;
  let afterStar = 0;
  for (let index = 0; index < name.length;) {
    const wanted = pattern[at];
    if (wanted === '*') {
      star = at++;
      afterStar = index;
    } else if (wanted !== undefined && (wanted === '?' || wanted === name[index])) {
      at += 1;
      index += 1;
    } else if (star === -1) {
      return false;
    } else {
      // The last star takes one more; what stood before it need not be tried again.
      at = star + 1;
      index = ++afterStar;
    }
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
}

/** Within a segment as in {@link matchesName}; `**` as a whole segment stands for any number of them, none included. */
export function matchesPath(pattern: string, path: string): boolean {
  const segments = segmentsOf(path);
  // The numbers of leading segments that the pattern matches up to where we are.
  let matched = new Set([0]);
  for (const part of segmentsOf(pattern)) {
    const next = new Set<number>();
    for (const count of matched) {
      if (part === '**') for (let end = count; end <= segments.length; end++) next.add(end);
      else if (count < segments.length && matchesName(part, segments[count] as string)) next.add(count + 1);
    }
    matched = next;
  }
  return matched.has(segments.length);
}

function segmentsOf(path: string): string[] {
  return path === '' ? [] : path.split('/');
}
