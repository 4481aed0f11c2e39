import type { Handler } from 'hono';
import type { GatewayContext } from '../context.js';
import type { GatewayEnv } from '../gateway-env.js';

/** The process answers; says nothing of the store. */
export const healthRoute: Handler<GatewayEnv> = (c) => c.json({ status: 'up' });

/** 200 while the store answers, else 503: a load balancer sends its requests elsewhere. */
export function readyRoute(context: GatewayContext): Handler<GatewayEnv> {
  return async (c) => {
    const isStopping = context.lifecycle.draining.aborted;
    const storage = await context.health.check();
    const isReady = storage.reachable && !isStopping;
    return c.json({ status: isStopping ? 'stopping' : isReady ? 'ready' : 'unready', storage }, isReady ? 200 : 503);
  };
}
