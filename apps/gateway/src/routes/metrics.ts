import type { Handler } from 'hono';
import type { GatewayContext } from '../context.js';
import type { GatewayEnv } from '../gateway-env.js';

/** Prometheus text. Open to everyone who reaches the port: it holds counts, no names of tasks or principals. */
export function metricsRoute({ metrics: { registry } }: GatewayContext): Handler<GatewayEnv> {
  return async (c) => c.body(await registry.metrics(), 200, { 'content-type': registry.contentType });
}
