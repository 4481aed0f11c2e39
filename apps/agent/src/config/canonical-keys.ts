import type { Shape } from './shapes.js';
import { RESERVED_NAMES } from './text-rules.js';
import { suggest } from './suggest.js';
import type { YamlEntry, YamlMap, YamlNode, YamlProblem } from './yaml-document.js';

export interface CanonicalResult {
  readonly map: YamlMap;
  readonly problems: readonly YamlProblem[];
}

/**
 * The same mapping with every key in its canonical spelling. Keys without a value are left out: `build:` alone is
 * a task without settings, `inputs:` alone is not set. Unknown keys, and settings given in two spellings, are problems.
 */
export function canonicalKeys(map: YamlMap, shape: Shape): CanonicalResult {
  const problems: YamlProblem[] = [];
  return { map: canonicalMap(map, shape, problems), problems };
}

function canonicalMap(map: YamlMap, shape: Shape, problems: YamlProblem[]): YamlMap {
  const entries = new Map<string, YamlEntry>();
  const spelled = new Map<string, string>();
  for (const [key, entry] of map.entries) {
    const canonical = shape.keys.includes(key) ? key : shape.aliases.get(key);
    const before = canonical === undefined ? undefined : spelled.get(canonical);
    if (canonical === undefined) problems.push(unknownKey(key, entry.keyAt, shape));
    else if (before !== undefined) {
      problems.push({
        at: entry.keyAt,
        message: `"${key}" is the same setting as "${before}" above`,
        hint: 'keep one',
      });
    } else {
      spelled.set(canonical, key);
      const node = canonicalNode(key, entry.node, shape.children.get(canonical), problems);
      if (!isNothing(node)) entries.set(canonical, { keyAt: entry.keyAt, node });
    }
  }
  return { kind: 'map', entries, at: map.at };
}

function canonicalNode(
  name: string,
  node: YamlNode,
  shape: Shape | { readonly each: Shape } | undefined,
  problems: YamlProblem[],
): YamlNode {
  if (shape === undefined || node.kind === 'scalar') return node;
  if (node.kind === 'list') {
    // To a schema library a list is an object like any other.
    problems.push({ at: node.at, message: `${name}: expected a mapping, found a list` });
    return { kind: 'map', entries: new Map(), at: node.at };
  }
  if (!('each' in shape)) return canonicalMap(node, shape, problems);
  const entries = new Map<string, YamlEntry>();
  for (const [key, { keyAt, node: child }] of node.entries) {
    if (RESERVED_NAMES.has(key)) {
      problems.push({ at: keyAt, message: `"${key}" cannot be the name of a task` });
    } else if (isNothing(child)) {
      entries.set(key, { keyAt, node: { kind: 'map', entries: new Map(), at: keyAt } });
    } else {
      entries.set(key, { keyAt, node: canonicalNode(key, child, shape.each, problems) });
    }
  }
  return { kind: 'map', entries, at: node.at };
}

function isNothing(node: YamlNode): boolean {
  return node.kind === 'scalar' && node.value === null;
}

function unknownKey(key: string, at: number, shape: Shape): YamlProblem {
  const message = `unknown key ${JSON.stringify(key)}`;
  if (key === '<<') return { at, message, hint: 'merge keys are not part of YAML 1.2; write the settings out' };
  const foreign = shape.foreign.get(key);
  if (foreign !== undefined) return { at, message, hint: foreign };
  const near = suggest(key, [...shape.keys, ...shape.aliases.keys()]);
  if (near !== undefined) return { at, message, hint: `did you mean "${shape.aliases.get(near) ?? near}"?` };
  return { at, message, hint: `known here: ${shape.keys.join(', ')}` };
}
