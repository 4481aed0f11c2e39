import { createHash, timingSafeEqual } from 'node:crypto';
import type { Role } from '@velocity/protocol';
import type { RecordPlace, Tier } from '@velocity/storage';

/** Who is asking, as the token proves it. `writes` is absent for those who may only read. */
export interface Principal {
  readonly name: string;
  readonly role: Role;
  readonly namespace: string;
  /** Scopes to look in, in order: the first record found is the answer. */
  readonly reads: readonly RecordPlace[];
  readonly writes: RecordPlace | undefined;
}

/** What one token allows. The token itself is never kept, only its SHA-256. */
export interface TokenGrant {
  readonly name: string;
  readonly role: Role;
  readonly namespace: string;
  /** Of scoped writers only. */
  readonly scope: string | undefined;
  /** SHA-256 of the token's UTF-8 bytes, 64 lowercase hexadecimal digits. */
  readonly sha256: string;
  /** Milliseconds since 1970 after which it is no longer accepted. */
  readonly notAfterMs: number | undefined;
  /** Where it was configured, for messages: `VC_AUTH_TOKEN`, `tokens.json, token 2`. */
  readonly source: string;
}

export const TRUSTED_SCOPE = 'trusted';
const TRUSTED: RecordPlace = { tier: 'trusted' };

/** The principal that a grant makes of its bearer. */
export function principalOf(grant: Pick<TokenGrant, 'name' | 'role' | 'namespace' | 'scope'>): Principal {
  const { name, role, namespace } = grant;
  if (role === 'trusted-writer') return { name, role, namespace, reads: [TRUSTED], writes: TRUSTED };
  if (role === 'reader' || grant.scope === undefined) {
    return { name, role: 'reader', namespace, reads: [TRUSTED], writes: undefined };
  }
  const own: RecordPlace = { tier: 'untrusted', scope: grant.scope };
  return { name, role, namespace, reads: [TRUSTED, own], writes: own };
}

/** The name of a place on the wire: `trusted`, or that of an untrusted scope. */
export function scopeOf(place: RecordPlace): string {
  return place.tier === 'trusted' ? TRUSTED_SCOPE : place.scope;
}

export function placeOf(tier: Tier, scope: string): RecordPlace {
  return tier === 'trusted' ? TRUSTED : { tier, scope };
}

/** The tokens in force; `replace` swaps all of them at once. */
export class PrincipalRegistry {
  #grants: readonly { readonly grant: TokenGrant; readonly digest: Buffer }[] = [];
  readonly #anonymous: Principal | undefined;

  /** With no grants at all, everyone is `anonymous`, where that is given. */
  constructor(grants: readonly TokenGrant[], anonymous?: Principal) {
    this.#anonymous = anonymous;
    this.replace(grants);
  }

  replace(grants: readonly TokenGrant[]): void {
    this.#grants = grants.map((grant) => ({ grant, digest: Buffer.from(grant.sha256, 'hex') }));
  }

  get isOpen(): boolean {
    return this.#grants.length === 0 && this.#anonymous !== undefined;
  }

  /** Undefined when the token is missing, unknown or expired. Compares with every candidate, in constant time. */
  authenticate(token: string | undefined, nowMs: number): Principal | undefined {
    if (this.isOpen) return this.#anonymous;
    if (token === undefined) return undefined;
    const digest = createHash('sha256').update(token).digest();
    let match: TokenGrant | undefined;
    for (const candidate of this.#grants) {
      if (timingSafeEqual(candidate.digest, digest)) match = candidate.grant;
    }
    if (match === undefined || (match.notAfterMs !== undefined && nowMs > match.notAfterMs)) return undefined;
    return principalOf(match);
  }
}
