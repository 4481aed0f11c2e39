import type { MiddlewareHandler } from 'hono';
import type { GatewayContext } from '../context.js';
import type { GatewayEnv } from '../gateway-env.js';
import { Refusal } from '../refusal.js';

/** Nothing is promised on behalf of a store before it is known what the store keeps. */
export function requireProbed({ health }: GatewayContext): MiddlewareHandler<GatewayEnv> {
  return async (_c, next) => {
    if (health.trust === undefined) {
      const headers = { 'retry-after': '2' };
      throw new Refusal(503, 'STORAGE_UNAVAILABLE', 'the storage has not answered yet', { retryable: true, headers });
    }
    if (health.trust.level === 'refused') {
      throw new Refusal(503, 'STORAGE_UNAVAILABLE', 'the storage cannot be used safely; /ready says why');
    }
    await next();
  };
}
