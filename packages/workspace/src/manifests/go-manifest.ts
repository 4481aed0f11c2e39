import { resolveDirectory, type Directory } from '../documents/workspace-path.js';
import type { DeclaredDependency, ManifestContent } from './parsed-manifest.js';

/** What go.mod and go.work have in common. @see https://go.dev/ref/mod#go-mod-file */
export interface GoFile {
  readonly module: string | undefined;
  /** The `go` line: `1.22`. */
  readonly goVersion: string | undefined;
  /** Every required module, `// indirect` ones too: [path, version]. */
  readonly requires: readonly (readonly [string, string])[];
  /** Replaced module paths, and what stands in for them. */
  readonly replaces: ReadonlyMap<string, string>;
  /** The folders that go.work uses. */
  readonly uses: readonly string[];
}

export function parseGoFile(text: string): GoFile {
  const lines = directives(text);
  const argumentsOf = (verb: string): string[][] =>
    lines.filter(([first]) => first === verb).map((line) => line.slice(1));
  return {
    module: argumentsOf('module')[0]?.[0],
    goVersion: argumentsOf('go')[0]?.[0],
    requires: argumentsOf('require').flatMap(([path, version]) =>
      path !== undefined && version !== undefined ? [[path, version] as const] : [],
    ),
    replaces: new Map(argumentsOf('replace').flatMap(parseReplace)),
    uses: argumentsOf('use').flatMap(([path]) => (path === undefined ? [] : [path])),
  };
}

export function parseGoManifest(text: string, directory: Directory): ManifestContent {
  const { module, requires, replaces } = parseGoFile(text);
  const declared = requires.map(([path, version]): DeclaredDependency => {
    const replacement = replaces.get(path);
    const common = { name: path, range: version, isRequired: false };
    if (replacement === undefined) return { ...common, target: { by: 'name', name: path } };
    if (!/^\.{1,2}(?:\/|$)/.test(replacement)) return { ...common, target: { by: 'nothing' } };
    return { ...common, target: { by: 'directory', directory: resolveDirectory(directory, replacement) } };
  });
  return { name: module, declared, languages: ['go'] };
}

/** Every directive as its words, those of a block one by one: `require ( a v1 )` gives [require, a, v1]. */
function directives(text: string): string[][] {
  const result: string[][] = [];
  let block: string | undefined;
  for (const line of text.split('\n')) {
    const words = wordsOf(line.replace(/\/\/.*$/, ''));
    const [first] = words;
    if (first === undefined) continue;
    if (block !== undefined) {
      if (first === ')') block = undefined;
      else result.push([block, ...words]);
    } else if (words.at(-1) === '(') {
      block = first;
    } else {
      result.push(words);
    }
  }
  return result;
}

function wordsOf(line: string): string[] {
  return (line.match(/"[^"]*"|`[^`]*`|[^\s"`]+/g) ?? []).map((word) => word.replace(/^["`]|["`]$/g, ''));
}

function parseReplace(words: readonly string[]): [string, string][] {
  const arrow = words.indexOf('=>');
  const [from, to] = [words[0], words[arrow + 1]];
  return arrow > 0 && from !== undefined && to !== undefined ? [[from, to]] : [];
}
