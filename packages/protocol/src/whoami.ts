import * as v from 'valibot';
import { namespaceSchema, scopeSchema, sizeSchema } from './values.js';

export const ROLES = ['trusted-writer', 'scoped-writer', 'reader'] as const;

export const whoamiSchema = v.object({
  /** The principal's name, never its token. */
  name: v.string(),
  role: v.picklist(ROLES),
  namespace: namespaceSchema,
  /** Where this principal may write; null for readers. */
  scope: v.nullable(scopeSchema),
  limits: v.object({ maxArtifactSize: sizeSchema, maxBlobSize: sizeSchema, maxBatchItems: sizeSchema }),
  /** ISO 8601: tells a client how far its clock is off. */
  serverTime: v.string(),
  version: v.string(),
  publicKeys: v.array(v.string()),
});

export type Role = (typeof ROLES)[number];
export type Whoami = v.InferOutput<typeof whoamiSchema>;
