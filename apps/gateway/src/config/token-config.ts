import type { TokenGrant } from '../principals.js';
import { hashToken } from '../token-format.js';
import { parseToken } from './parsers.js';
import type { ConfigProblem } from './config.js';
import type { SettingsReader } from './problems.js';

const BY_VARIABLE = [
  { source: 'VC_AUTH_TOKEN', name: 'trusted', role: 'trusted-writer', scope: undefined },
  { source: 'VC_READ_TOKEN', name: 'reader', role: 'reader', scope: undefined },
  { source: 'VC_PR_TOKEN', name: 'pr', role: 'scoped-writer', scope: 'pr' },
] as const;

/** The tokens that variables give. */
export function readTokenVariables(reader: SettingsReader, namespace: string): TokenGrant[] {
  const grants: TokenGrant[] = [];
  for (const { source, name, role, scope } of BY_VARIABLE) {
    const token = reader.parsed(reader.setting(source), undefined, parseToken);
    if (token === undefined) continue;
    const sha256 = hashToken(token);
    grants.push({ name, role, namespace, scope, sha256, notAfterMs: undefined, source });
  }
  return grants;
}

/** Two grants of one token: which of the two roles its bearer has would be chance. */
export function findSharedTokens(grants: readonly TokenGrant[]): ConfigProblem[] {
  const owners = new Map<string, string>();
  const problems: ConfigProblem[] = [];
  for (const { sha256, source } of grants) {
    const owner = owners.get(sha256);
    if (owner === undefined) owners.set(sha256, source);
    else {
      const message = `is the same token as ${owner}`;
      problems.push({ where: source, message, hint: 'give each role a token of its own' });
    }
  }
  return problems;
}
