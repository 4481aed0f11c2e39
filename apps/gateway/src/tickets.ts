import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { artifactDescriptionSchema, cacheKeySchema, namespaceSchema, ROLES, scopeSchema } from '@velocity/protocol';
import type { ArtifactDescription } from '@velocity/protocol';
import type { CacheKey } from '@velocity/core';
import * as v from 'valibot';
import type { Principal } from './principals.js';
import { scopeOf } from './principals.js';
import { Refusal } from './refusal.js';

/** Longer than any URL that is handed out with a ticket, much shorter than the time that eviction spares a blob. */
export const TICKET_LIFETIME_MS = 20 * 60_000;

const ticketSchema = v.strictObject({
  id: v.string(),
  expiresAtMs: v.number(),
  principal: v.string(),
  role: v.picklist(ROLES),
  namespace: namespaceSchema,
  tier: v.picklist(['trusted', 'untrusted']),
  scope: scopeSchema,
  key: cacheKeySchema,
  artifact: artifactDescriptionSchema,
});

/** The permission to commit one record: who, where, what, until when. */
export type Ticket = v.InferOutput<typeof ticketSchema>;

const DOMAIN = 'velocity/ticket/v1\0';

export interface TicketRequest {
  readonly principal: Principal;
  readonly key: CacheKey;
  readonly artifact: ArtifactDescription;
}

/** Makes and checks tickets: `<payload>.<mac>`, both base64url, the MAC over the payload's very bytes. Keeps nothing between the two. */
export class TicketMint {
  readonly #key: KeyObject;
  readonly #now: () => number;
  readonly #newId: () => string;

  constructor(options: { readonly key: Uint8Array; readonly now: () => number; readonly newId: () => string }) {
    // See UrlSigner: much cheaper than its bytes.
    this.#key = createSecretKey(options.key);
    this.#now = options.now;
    this.#newId = options.newId;
  }

  /** For a principal that writes. */
  issue({ principal, key, artifact }: TicketRequest): string {
    const { writes, name, role, namespace } = principal;
    if (writes === undefined) throw new Error(`${name} may not write: no ticket can be issued`);
    const ticket: Ticket = {
      id: this.#newId(),
      expiresAtMs: this.#now() + TICKET_LIFETIME_MS,
      principal: name,
      role,
      namespace,
      tier: writes.tier,
      scope: scopeOf(writes),
      key,
      artifact,
    };
    const payload = Buffer.from(JSON.stringify(ticket));
    return `${payload.toString('base64url')}.${this.#mac(payload).toString('base64url')}`;
  }

  /** @throws Refusal 400 for what is no ticket of ours, 403 for another principal's, 410 once it has expired. */
  verify(text: string, principal: Principal): Ticket {
    const [encoded = '', mac = '', ...rest] = text.split('.');
    const payload = Buffer.from(encoded, 'base64url');
    const given = Buffer.from(mac, 'base64url');
    const expected = this.#mac(payload);
    const isOurs = rest.length === 0 && given.byteLength === expected.byteLength && timingSafeEqual(given, expected);
    if (!isOurs) throw new Refusal(400, 'TICKET_INVALID', 'not a ticket of this gateway', { hint: 'negotiate again' });
    const ticket = v.parse(ticketSchema, JSON.parse(payload.toString('utf8')));
    if (!isOf(ticket, principal)) {
      throw new Refusal(403, 'FORBIDDEN', 'the ticket was issued to another principal', { hint: 'negotiate again' });
    }
    if (this.#now() >= ticket.expiresAtMs) {
      throw new Refusal(410, 'TICKET_EXPIRED', 'the ticket has expired', { hint: 'negotiate again' });
    }
    return ticket;
  }

  #mac(payload: Uint8Array): Buffer {
    return createHmac('sha256', this.#key).update(DOMAIN).update(payload).digest();
  }
}

function isOf(ticket: Ticket, principal: Principal): boolean {
  return (
    principal.writes !== undefined &&
    ticket.principal === principal.name &&
    ticket.role === principal.role &&
    ticket.namespace === principal.namespace &&
    ticket.tier === principal.writes.tier &&
    ticket.scope === scopeOf(principal.writes)
  );
}
