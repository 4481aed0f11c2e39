import { cacheKeyOf, FINGERPRINT_FORMAT, type CacheKey, type Fingerprint } from '@velocity/core';
import * as v from 'valibot';

const NamesSchema = v.record(v.string(), v.string());
const EnvSchema = v.record(v.string(), v.nullable(v.string()));
const InputsSchema = v.array(
  v.looseObject({
    path: v.string(),
    type: v.picklist(['file', 'executable', 'symlink', 'missing']),
    digest: v.string(),
  }),
);
const CommandSchema = v.variant('kind', [
  v.looseObject({ kind: v.literal('shell'), text: v.string() }),
  v.looseObject({ kind: v.literal('argv'), argv: v.array(v.string()) }),
  v.looseObject({ kind: v.literal('none') }),
]);

const FingerprintSchema = v.looseObject({
  format: v.literal(FINGERPRINT_FORMAT),
  project: v.string(),
  package: v.string(),
  directory: v.string(),
  task: v.string(),
  command: CommandSchema,
  args: v.array(v.string()),
  platform: v.string(),
  toolchains: NamesSchema,
  global: v.looseObject({ inputs: InputsSchema, env: EnvSchema, dotenv: v.optional(EnvSchema) }),
  inputs: InputsSchema,
  env: EnvSchema,
  // Absent from what earlier versions stored.
  dotenv: v.optional(EnvSchema),
  lockfile: NamesSchema,
  dependencies: NamesSchema,
  outputs: v.array(v.string()),
});

/** A fingerprint as an artifact carries it; undefined for anything else than the one whose digest the key is. */
export function parseFingerprint(value: unknown, key: CacheKey): Fingerprint | undefined {
  const result = v.safeParse(FingerprintSchema, value);
  if (!result.success) return undefined;
  const fingerprint = value as Fingerprint;
  return cacheKeyOf(fingerprint) === key ? fingerprint : undefined;
}
