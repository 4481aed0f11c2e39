import { INHERIT } from './text-rules.js';
import type { YamlMap, YamlNode, YamlProblem } from './yaml-document.js';

/** What no single value shows: entries that speak of one task twice, and `$INHERIT` where there is nothing below. */
export function rootProblems(root: YamlMap): YamlProblem[] {
  const problems: YamlProblem[] = [];
  const pipeline = childMap(root, 'pipeline');
  const overrides = childMap(root, 'overrides');
  for (const [name, { keyAt, node }] of pipeline?.entries ?? []) {
    if (name.includes('#')) {
      if (overrides?.entries.has(name) !== true) continue;
      problems.push({
        at: keyAt,
        message: `"${name}" stands in the overrides too`,
        hint: 'keep one of the two entries',
      });
    } else problems.push(...emptyInheritance(node));
  }
  return problems;
}

/** With `extends: []` there is nothing that a package's tasks could inherit. */
export function packageProblems(root: YamlMap): YamlProblem[] {
  const extended = root.entries.get('extends')?.node;
  if (extended?.kind !== 'list' || extended.items.length > 0) return [];
  return [...(childMap(root, 'pipeline')?.entries.values() ?? [])].flatMap(({ node }) => emptyInheritance(node));
}

function emptyInheritance(task: YamlNode): YamlProblem[] {
  if (task.kind !== 'map') return [];
  const lists = [...task.entries.values()].flatMap(({ node }) => (node.kind === 'list' ? node.items : []));
  return lists
    .filter((item) => item.kind === 'scalar' && item.value === INHERIT)
    .map(({ at }) => ({ at, message: 'there is nothing to inherit here', hint: 'leave $INHERIT out' }));
}

function childMap(map: YamlMap, key: string): YamlMap | undefined {
  const node = map.entries.get(key)?.node;
  return node?.kind === 'map' ? node : undefined;
}
