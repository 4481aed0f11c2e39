import { historyRequestSchema } from '@velocity/protocol';
import type { Handler } from 'hono';
import type { GatewayContext } from '../context.js';
import type { GatewayEnv } from '../gateway-env.js';
import { readJson } from '../request-body.js';
import { answerHistory } from '../services/answer-history.js';

/** What tasks got lately: so that a client can say why it has to run one. */
export function historyRoute(context: GatewayContext): Handler<GatewayEnv> {
  return async (c) => {
    const stopTimer = context.metrics.historyLatency.startTimer();
    try {
      const { items } = await readJson(c, context, () => historyRequestSchema);
      return c.json({ items: await answerHistory(context, c.get('principal'), items) });
    } finally {
      stopTimer();
    }
  };
}
