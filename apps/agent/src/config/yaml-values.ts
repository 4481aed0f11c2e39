import type { YamlMap, YamlNode } from './yaml-document.js';

export type YamlPath = readonly (string | number)[];

/**
 * A plain value for a schema to judge. An item of a list may be a mapping of scalars and of lists of scalars; whatever stands deeper
 * becomes an empty mapping: it is wrong there anyway, and a list of aliases to lists of aliases would otherwise grow without bound.
 */
export function toValue(node: YamlNode): unknown {
  if (node.kind === 'list') return node.items.map((item) => toItem(item));
  return node.kind === 'scalar' ? node.value : mapValues(node, toValue);
}

function toItem(node: YamlNode): unknown {
  if (node.kind === 'scalar') return node.value;
  return node.kind === 'list' ? {} : mapValues(node, toFlatValue);
}

function toFlatValue(node: YamlNode): unknown {
  if (node.kind === 'scalar') return node.value;
  return node.kind === 'map' ? {} : node.items.map((item) => (item.kind === 'scalar' ? item.value : {}));
}

function mapValues({ entries }: YamlMap, convert: (node: YamlNode) => unknown): Record<string, unknown> {
  const value: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [key, { node }] of entries) value[key] = convert(node);
  return value;
}

/** Offset of the value at `path`, or of its key; of the nearest thing that is there, where it is not. */
export function offsetOf(root: YamlMap, path: YamlPath, what: 'key' | 'value' = 'value'): number {
  let node: YamlNode = root;
  let keyAt = root.at;
  for (const step of path) {
    if (node.kind === 'map') {
      const entry = node.entries.get(String(step));
      if (entry === undefined) return node.at;
      ({ node, keyAt } = entry);
    } else if (node.kind === 'list') {
      const item: YamlNode | undefined = node.items[Number(step)];
      if (item === undefined) return node.at;
      node = item;
      keyAt = item.at;
    } else return node.at;
  }
  return what === 'key' ? keyAt : node.at;
}

/** `pipeline.build.inputs[2]`, `overrides["web#build"].env`. */
export function displayPath(path: YamlPath): string {
  return path
    .map((step, index) => {
      if (typeof step === 'number') return `[${step}]`;
      if (!/^[\w:-]+$/.test(step)) return `[${JSON.stringify(step)}]`;
      return index === 0 ? step : `.${step}`;
    })
    .join('');
}
