import { digestSchema, namespaceSchema, ROLES, scopeSchema } from '@velocity/protocol';
import * as v from 'valibot';
import type { TokenGrant } from '../principals.js';
import { TRUSTED_SCOPE } from '../principals.js';
import type { Checked, ConfigProblem } from './config.js';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._@/-]{0,127}$/;

const entrySchema = v.strictObject({
  /** Shown in logs, records and `whoami`. */
  name: v.pipe(v.string(), v.regex(NAME, `must match ${NAME.source}`)),
  /** Of the token's bytes: `printf %s "$TOKEN" | sha256sum`. */
  sha256: digestSchema,
  role: v.picklist(ROLES),
  namespace: v.optional(namespaceSchema),
  scope: v.optional(scopeSchema),
  not_after: v.optional(v.pipe(v.string(), v.isoTimestamp('must be a time such as 2030-01-31T00:00:00Z'))),
});
const fileSchema = v.strictObject({ tokens: v.pipe(v.array(v.unknown()), v.maxLength(10_000)) });

/** The grants of a tokens file, `{"tokens": [{name, sha256, role, namespace?, scope?, not_after?}]}`, or all its problems. */
export function parseTokensFile(text: string, path: string, defaultNamespace: string): Checked<readonly TokenGrant[]> {
  const file = v.safeParse(fileSchema, parseJson(text));
  if (!file.success) {
    const hint = 'it must be JSON: {"tokens": [{"name", "sha256", "role", "scope"}]}';
    return { ok: false, problems: [{ where: path, message: 'is not a tokens file', hint }] };
  }
  const problems: ConfigProblem[] = [];
  const grants: TokenGrant[] = [];
  for (const [index, value] of file.output.tokens.entries()) {
    const source = `${path}, token ${index + 1}`;
    const entry = v.safeParse(entrySchema, value);
    if (!entry.success) {
      problems.push(...entry.issues.map((issue) => ({ where: source, message: describe(issue) })));
      continue;
    }
    const { name, role, scope, sha256, namespace = defaultNamespace, not_after: notAfter } = entry.output;
    const problem = scopeProblem(role === 'scoped-writer', scope);
    if (problem !== undefined) problems.push({ where: source, message: problem });
    const notAfterMs = notAfter === undefined ? undefined : Date.parse(notAfter);
    grants.push({ name, role, namespace, scope, sha256, notAfterMs, source });
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: grants };
}

function scopeProblem(isScoped: boolean, scope: string | undefined): string | undefined {
  if (isScoped && scope === undefined) return 'a scoped-writer needs a scope';
  if (!isScoped && scope !== undefined) return 'only a scoped-writer has a scope';
  return scope === TRUSTED_SCOPE ? `the scope ${TRUSTED_SCOPE} belongs to trusted writers` : undefined;
}

/** The place and what is wrong there; never the value, which may be a token put in the wrong field. */
function describe(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue);
  if (issue.type === 'strict_object') return `unknown or missing field ${path ?? ''}`.trim();
  const message = issue.message.startsWith('must') ? issue.message : `must be ${issue.expected ?? 'something else'}`;
  return `${path ?? 'entry'}: ${message}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Its message quotes the text, which may hold secrets.
    return undefined;
  }
}
