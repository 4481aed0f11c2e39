import type { MiddlewareHandler } from 'hono';
import type { GatewayContext } from '../context.js';
import type { GatewayEnv } from '../gateway-env.js';
import { Refusal } from '../refusal.js';
import { judgeToken } from '../token-format.js';

const BEARER = /^bearer +([\x21-\x7e]+) *$/i;

/** Sets the principal, or refuses with 401: before the body is read. */
export function authenticate(context: GatewayContext): MiddlewareHandler<GatewayEnv> {
  return async (c, next) => {
    const token = BEARER.exec(c.req.header('authorization') ?? '')?.[1];
    const principal = context.principals.authenticate(token, context.now());
    if (principal === undefined) throw unauthorized(token);
    c.set('principal', principal);
    await next();
  };
}

function unauthorized(token: string | undefined): Refusal {
  const challenge = `Bearer realm="velocity"${token === undefined ? '' : ', error="invalid_token"'}`;
  return new Refusal(401, 'UNAUTHORIZED', whatIsWrong(token), {
    hint: 'send "Authorization: Bearer <token>" with a token of this gateway',
    headers: { 'www-authenticate': challenge },
  });
}

/** The checksum is no secret: it tells a typo from a token that was revoked, and nothing of the tokens that there are. */
function whatIsWrong(token: string | undefined): string {
  if (token === undefined) return 'a token is needed';
  if (judgeToken(token) === 'mistyped') return 'the token is mistyped or cut off: its checksum does not match';
  return 'the token is unknown or has expired';
}
