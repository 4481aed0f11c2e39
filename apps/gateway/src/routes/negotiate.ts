import { negotiateBatchSchema, negotiateItemSchema } from '@velocity/protocol';
import type { Handler } from 'hono';
import type { GatewayContext } from '../context.js';
import type { GatewayEnv } from '../gateway-env.js';
import { readJson } from '../request-body.js';
import { negotiateBatch, negotiateItem } from '../services/negotiate.js';

/** `{items: [...]}` is answered with `{items: [...]}`, one bare item with its result, in the seed's words. */
export function negotiateRoute(context: GatewayContext): Handler<GatewayEnv> {
  return async (c) => {
    const stopTimer = context.metrics.negotiationLatency.startTimer();
    try {
      const body = await readJson(c, context, (value) => (isBatch(value) ? negotiateBatchSchema : negotiateItemSchema));
      const principal = c.get('principal');
      if ('items' in body) return c.json({ items: await negotiateBatch(context, principal, body.items) });
      return c.json(await negotiateItem(context, principal, body));
    } finally {
      stopTimer();
    }
  };
}

function isBatch(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'items' in value;
}
