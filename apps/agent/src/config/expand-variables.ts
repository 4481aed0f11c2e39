import type { YamlEntry, YamlMap, YamlNode } from './yaml-document.js';
import type { RemoteSettings } from './types.js';

export type Environment = Readonly<Record<string, string | undefined>>;

const BOOLEANS = new Set(['enabled', 'read_only']);

export interface ExpandedRemote {
  readonly map: YamlMap;
  readonly tokenSource: RemoteSettings['tokenSource'];
}

/**
 * Replaces `${VAR}` and `${VAR:-default}` in the texts of the `remote` mapping; the default also stands in for an empty
 * variable, as in a shell. A setting that is or becomes empty counts as not set.
 */
export function expandRemote(remote: YamlMap, env: Environment): ExpandedRemote {
  const entries = new Map<string, YamlEntry>();
  let tokenSource: RemoteSettings['tokenSource'] = 'none';
  for (const [key, { keyAt, node }] of remote.entries) {
    const { node: expanded, fromEnv } = expandNode(node, env);
    if (expanded === undefined) continue;
    entries.set(key, { keyAt, node: BOOLEANS.has(key) && expanded !== node ? toBoolean(expanded) : expanded });
    if (key === 'token') tokenSource = fromEnv ? 'env' : 'literal';
  }
  return { map: { kind: 'map', entries, at: remote.at }, tokenSource };
}

interface Expanded {
  readonly node: YamlNode | undefined;
  readonly fromEnv: boolean;
}

function expandNode(node: YamlNode, env: Environment): Expanded {
  if (node.kind === 'list') {
    const items = node.items.map((item) => expandNode(item, env).node).filter((item) => item !== undefined);
    return { node: { kind: 'list', items, at: node.at }, fromEnv: false };
  }
  if (node.kind !== 'scalar' || typeof node.value !== 'string') return { node, fromEnv: false };
  const { text, fromEnv } = expandText(node.value, env);
  if (text === node.value && text !== '') return { node, fromEnv };
  return { node: text === '' ? undefined : { kind: 'scalar', value: text, at: node.at }, fromEnv };
}

function toBoolean(node: YamlNode): YamlNode {
  if (node.kind !== 'scalar' || (node.value !== 'true' && node.value !== 'false')) return node;
  return { ...node, value: node.value === 'true' };
}

function expandText(source: string, env: Environment): { readonly text: string; readonly fromEnv: boolean } {
  let fromEnv = false;
  const text = source.replace(/\$\{([A-Za-z_]\w*)(?::-([^}]*))?\}/g, (_whole, name: string, fallback = '') => {
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    if (value === undefined || value === '') return String(fallback);
    fromEnv = true;
    return value;
  });
  // A secret that was read from a file often brings its line end along.
  return { text: text.trim(), fromEnv };
}
