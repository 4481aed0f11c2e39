import { errorMessage } from '@velocity/core';
import type { Environment } from '../env.js';
import type { TokenGrant } from '../principals.js';
import type { Checked, ConfigFlags, GatewayConfig } from './config.js';
import { envToConfig } from './env-to-config.js';
import { findSharedTokens } from './token-config.js';
import { parseTokensFile } from './tokens-file.js';

export interface LoadedConfig {
  readonly config: GatewayConfig;
  /** Of the variables and of the tokens file together. */
  readonly grants: readonly TokenGrant[];
}

/** The configuration with the tokens file's grants, or all problems of both. */
export async function loadConfig(
  env: Environment,
  flags: ConfigFlags,
  readText: (path: string) => Promise<string>,
): Promise<Checked<LoadedConfig>> {
  const checked = envToConfig(env, flags);
  const path = env['VC_TOKENS_FILE'];
  const file = path === undefined ? undefined : await readGrants(path, env['VC_NAMESPACE'] ?? 'default', readText);
  const problems = [checked, file].flatMap((part) => (part === undefined || part.ok ? [] : part.problems));
  if (!checked.ok || problems.length > 0) return { ok: false, problems };
  const grants = [...checked.value.grants, ...(file?.ok === true ? file.value : [])];
  const shared = findSharedTokens(grants);
  if (shared.length > 0) return { ok: false, problems: shared };
  return { ok: true, value: { config: checked.value, grants } };
}

/** The grants in force after the tokens file changed. */
export async function reloadGrants(
  config: Pick<GatewayConfig, 'grants' | 'tokensFile' | 'namespace'>,
  readText: (path: string) => Promise<string>,
): Promise<Checked<readonly TokenGrant[]>> {
  if (config.tokensFile === undefined) return { ok: true, value: config.grants };
  const file = await readGrants(config.tokensFile, config.namespace, readText);
  if (!file.ok) return file;
  const grants = [...config.grants, ...file.value];
  const problems = findSharedTokens(grants);
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: grants };
}

async function readGrants(
  path: string,
  namespace: string,
  readText: (path: string) => Promise<string>,
): Promise<Checked<readonly TokenGrant[]>> {
  try {
    return parseTokensFile(await readText(path), path, namespace);
  } catch (error) {
    const hint = 'VC_TOKENS_FILE names a JSON file that the gateway can read';
    return { ok: false, problems: [{ where: path, message: errorMessage(error), hint }] };
  }
}
