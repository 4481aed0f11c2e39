import { negotiateBatchSchema, negotiateItemSchema } from '@velocity/protocol';
import type { Context, Handler } from 'hono';
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
      if (!('items' in body)) return sendJson(c, context.answers.textOf(await negotiateItem(context, principal, body)));
      const results = await negotiateBatch(context, principal, body.items);
      return sendJson(c, `{"items":[${results.map((result) => context.answers.textOf(result)).join(',')}]}`);
    } finally {
      stopTimer();
    }
  };
}

/** As `c.json`, of what is written already. */
function sendJson(c: Context<GatewayEnv>, text: string): Response {
  return c.body(text, 200, { 'content-type': 'application/json' });
}

function isBatch(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'items' in value;
}
