import type { MiddlewareHandler } from 'hono';
import type { GatewayContext } from '../context.js';
import type { GatewayEnv } from '../gateway-env.js';
import { Refusal } from '../refusal.js';

const BEARER = /^bearer +([\x21-\x7e]+) *$/i;

/** Sets the principal, or refuses with 401: before the body is read. */
export function authenticate(context: GatewayContext): MiddlewareHandler<GatewayEnv> {
  return async (c, next) => {
    const token = BEARER.exec(c.req.header('authorization') ?? '')?.[1];
    const principal = context.principals.authenticate(token, context.now());
    if (principal === undefined) throw unauthorized(token !== undefined);
    c.set('principal', principal);
    await next();
  };
}

function unauthorized(hasToken: boolean): Refusal {
  const message = hasToken ? 'the token is unknown or has expired' : 'a token is needed';
  const challenge = `Bearer realm="velocity"${hasToken ? ', error="invalid_token"' : ''}`;
  return new Refusal(401, 'UNAUTHORIZED', message, {
    hint: 'send "Authorization: Bearer <token>" with a token of this gateway',
    headers: { 'www-authenticate': challenge },
  });
}
