import { digestSchema, namespaceSchema, ROLES, scopeSchema } from '@velocity/protocol';
import * as v from 'valibot';
import type { TokenGrant } from '../principals.js';
import { TRUSTED_SCOPE } from '../principals.js';
import { judgeToken } from '../token-format.js';
import type { Checked } from './config.js';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._@/-]{0,127}$/;

const entrySchema = v.strictObject({
  /** Shown in logs, records and `whoami`. */
  name: v.pipe(
    v.string(),
    v.regex(NAME, `must match ${NAME.source}`),
    v.check((name) => judgeToken(name) === 'other', 'must not be a token'),
  ),
  /** Of the token's bytes: `printf %s "$TOKEN" | sha256sum`. */
  sha256: digestSchema,
  role: v.picklist(ROLES),
  namespace: v.optional(namespaceSchema),
  scope: v.optional(scopeSchema),
  not_after: v.optional(v.pipe(v.string(), v.isoTimestamp('must be a time such as 2030-01-31T00:00:00Z'))),
});
const fileSchema = v.strictObject({ tokens: v.array(v.unknown()) });
const MAX_TOKENS = 10_000;

export type TokenEntry = v.InferInput<typeof entrySchema>;

/** The grants of a tokens file, or all its problems: one entry a line, or `{"tokens": [...]}`, of {@link TokenEntry}. */
export function parseTokensFile(text: string, path: string, defaultNamespace: string): Checked<readonly TokenGrant[]> {
  const file = v.safeParse(fileSchema, parseJson(text));
  const entries = file.success
    ? file.output.tokens.map((value, index) => ({ source: `${path}, token ${index + 1}`, value }))
    : entriesOfLines(text, path);
  // A file without a line is one that is being written: to take it for "no tokens" would shut everyone out.
  if (entries.length === 0 && !file.success) return notTokens(path);
  if (entries.length > MAX_TOKENS) {
    return { ok: false, problems: [{ where: path, message: `has more than ${MAX_TOKENS} tokens` }] };
  }
  const checked = entries.map(({ source, value }) => parseTokenEntry(value, source, defaultNamespace));
  const problems = checked.flatMap((entry) => (entry.ok ? [] : entry.problems));
  if (problems.length > 0)
    return entries.some(({ value }) => value !== undefined) ? { ok: false, problems } : notTokens(path);
  return { ok: true, value: checked.flatMap((entry) => (entry.ok ? [entry.value] : [])) };
}

/** One entry. The messages never show a value, which may be a token put in the wrong field. */
export function parseTokenEntry(value: unknown, source: string, defaultNamespace: string): Checked<TokenGrant> {
  if (value === undefined) return { ok: false, problems: [{ where: source, message: 'is not JSON' }] };
  const entry = v.safeParse(entrySchema, value);
  if (!entry.success) {
    return { ok: false, problems: entry.issues.map((issue) => ({ where: source, message: describe(issue) })) };
  }
  const { name, role, scope, sha256, namespace = defaultNamespace, not_after: notAfter } = entry.output;
  const problem = scopeProblem(role === 'scoped-writer', scope);
  if (problem !== undefined) return { ok: false, problems: [{ where: source, message: problem }] };
  const notAfterMs = notAfter === undefined ? undefined : Date.parse(notAfter);
  return { ok: true, value: { name, role, namespace, scope, sha256, notAfterMs, source } };
}

function entriesOfLines(text: string, path: string): { readonly source: string; readonly value: unknown }[] {
  return text
    .split('\n')
    .map((line, index) => ({ source: `${path}, line ${index + 1}`, line: line.trim() }))
    .filter(({ line }) => line !== '')
    .map(({ source, line }) => ({ source, value: parseJson(line) }));
}

function notTokens(path: string): Checked<never> {
  const hint = 'one line for each token, as velocity-server token create prints it; {"tokens": []} for none';
  return { ok: false, problems: [{ where: path, message: 'is not a tokens file', hint }] };
}

function scopeProblem(isScoped: boolean, scope: string | undefined): string | undefined {
  if (isScoped && scope === undefined) return 'a scoped-writer needs a scope';
  if (!isScoped && scope !== undefined) return 'only a scoped-writer has a scope';
  return scope === TRUSTED_SCOPE ? `the scope ${TRUSTED_SCOPE} belongs to trusted writers` : undefined;
}

/** The place and what is wrong there. */
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
