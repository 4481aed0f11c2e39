import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import type { Principal } from './principals.js';

/** What hono carries along with a request. */
export interface GatewayEnv {
  Bindings: HttpBindings;
  Variables: { principal: Principal };
}

/** Node's own request and response; absent where a test calls `app.request()`. */
export function nodeOf(c: Context<GatewayEnv>): Partial<HttpBindings> {
  const node: HttpBindings | undefined = c.env;
  return node ?? {};
}
