/** A filter as it was written, taken apart. At least one of `name` and `directory` is there. */
export interface PackageFilter {
  readonly text: string;
  /** `!x`: takes away instead of adding. */
  readonly isExclusion: boolean;
  /** A package name, where `*` stands for any characters and `?` for one. */
  readonly name: string | undefined;
  /** Relative to the root of the workspace, where that is `''`; may hold `*`, `?` and `**`. */
  readonly directory: string | undefined;
  /** `x...`: with everything that x depends on. */
  readonly withDependencies: boolean;
  /** `...x`: with everything that depends on x. */
  readonly withDependents: boolean;
  /** `x^...`, `...^x`: without x itself. */
  readonly withoutSelf: boolean;
}

/** A filter that cannot be used, in one line for a person. */
export interface FilterProblem {
  readonly kind: 'malformed' | 'unsupported' | 'no-match';
  readonly filter: string;
  readonly message: string;
  /** For `no-match`: names or directories that look like what was written. */
  readonly suggestions: readonly string[];
}

export type PackageFilterResult =
  | { readonly ok: true; readonly filter: PackageFilter }
  | { readonly ok: false; readonly problem: FilterProblem };

/**
 * Reads one `--filter` in the grammar that turbo and pnpm share: `[!][...[^]]selector[[^]...]`, where a selector is a
 * name, `./directory`, `{directory}` or `name{directory}`. `[ref]` (what changed since) is recognised and refused.
 *
 * @param cwdDirectory What directories in the filter are relative to: a path below the root of the workspace, `''` for the root.
 */
export function parsePackageFilter(text: string, cwdDirectory = ''): PackageFilterResult {
  let rest = text.startsWith('!') ? text.slice(1) : text;
  const withDependencies = rest.endsWith('...');
  if (withDependencies) rest = rest.slice(0, -3);
  const isSelfCutBelow = withDependencies && rest.endsWith('^');
  if (isSelfCutBelow) rest = rest.slice(0, -1);
  const withDependents = rest.startsWith('...');
  if (withDependents) rest = rest.slice(3);
  const isSelfCutAbove = withDependents && rest.startsWith('^');
  if (isSelfCutAbove) rest = rest.slice(1);

  if (rest.includes('[')) {
    return problem('unsupported', text, 'selecting what changed since a commit ([ref]) comes later');
  }
  const [, name, braced] = /^([^{}\]^]*?)(?:\{([^{}]*)\})?$/.exec(rest) ?? [];
  if (name === undefined || (name === '' && !braced) || braced === '') {
    return problem('malformed', text, 'it is neither a name, a ./directory nor a {directory}');
  }
  const isLocation = /^\.{1,2}(?:[/\\]|$)/.test(name);
  if (isLocation && braced !== undefined) return problem('malformed', text, 'it holds two directories');
  const written = isLocation ? name : braced;
  const directory = written === undefined ? undefined : resolveDirectory(cwdDirectory, written);
  if (written !== undefined && directory === undefined) {
    return problem('malformed', text, 'the directory is outside of the workspace');
  }
  const filter = {
    text,
    isExclusion: text.startsWith('!'),
    name: isLocation || name === '' ? undefined : name,
    directory,
    withDependencies,
    withDependents,
    withoutSelf: isSelfCutBelow || isSelfCutAbove,
  };
  return { ok: true, filter };
}

/** `undefined` when it leaves the root. Backslashes are separators: shells on Windows complete paths with them. */
export function resolveDirectory(from: string, directory: string): string | undefined {
  const path = directory.replaceAll('\\', '/');
  if (path.startsWith('/')) return undefined;
  const segments: string[] = [];
  for (const segment of [...from.split('/'), ...path.split('/')]) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') segments.push(segment);
    else if (segments.pop() === undefined) return undefined;
  }
  return segments.join('/');
}

function problem(kind: FilterProblem['kind'], filter: string, reason: string): PackageFilterResult {
  const message = `filter ${JSON.stringify(filter)} cannot be used: ${reason}`;
  return { ok: false, problem: { kind, filter, message, suggestions: [] } };
}
