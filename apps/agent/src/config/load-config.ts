import { checkConfig } from './check-config.js';
import { rootProblems } from './config-rules.js';
import { expandRemote, type Environment } from './expand-variables.js';
import { normalizeRoot } from './normalize-config.js';
import { readConfigFile } from './read-config-file.js';
import { RootSchema } from './schema.js';
import { ROOT_SHAPE } from './shapes.js';
import type { LoadConfigResult, RemoteSettings } from './types.js';
import type { YamlMap } from './yaml-document.js';

export interface LoadConfigOptions {
  /** Absolute path of the workspace. */
  readonly root: string;
  /** Where `${VAR}` under `remote` comes from. */
  readonly env: Environment;
}

/**
 * Reads, parses, validates and normalizes `velocity.yml` (or `velocity.yaml`) at the root. Every mistake is reported,
 * in the order of the file; nothing is thrown, whatever the file holds.
 */
export function loadConfig({ root, env }: LoadConfigOptions): LoadConfigResult {
  const read = readConfigFile(root, '');
  if (read.status === 'broken') return { ok: false, reason: 'invalid', diagnostics: read.diagnostics };
  if (read.status === 'absent') {
    const message = 'this file does not exist';
    const hint = 'run velocity init, or start in the root of the workspace';
    return { ok: false, reason: 'absent', diagnostics: [{ file: 'velocity.yml', line: 1, column: 1, message, hint }] };
  }
  let tokenSource: RemoteSettings['tokenSource'] = 'none';
  const prepare = (map: YamlMap): YamlMap => {
    const remote = map.entries.get('remote');
    if (remote?.node.kind !== 'map') return map;
    const expanded = expandRemote(remote.node, env);
    tokenSource = expanded.tokenSource;
    const entries = new Map(map.entries).set('remote', { keyAt: remote.keyAt, node: expanded.map });
    return { ...map, entries };
  };
  const format = { schema: RootSchema, shape: ROOT_SHAPE, rules: rootProblems, prepare };
  const checked = checkConfig(read.file, read.source, format);
  if (!checked.ok) return { ok: false, reason: 'invalid', diagnostics: checked.diagnostics, source: read.source };
  const context = { root, file: read.file, tokenSource, locate: checked.locate };
  return { ok: true, config: normalizeRoot(checked.value, context) };
}
