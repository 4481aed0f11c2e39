import { commitRequestSchema } from '@velocity/protocol';
import type { Handler } from 'hono';
import type { GatewayContext } from '../context.js';
import type { GatewayEnv } from '../gateway-env.js';
import { Refusal } from '../refusal.js';
import { readJson } from '../request-body.js';
import { commit } from '../services/commit.js';

export function commitRoute(context: GatewayContext): Handler<GatewayEnv> {
  return async (c) => {
    const principal = c.get('principal');
    try {
      if (principal.writes === undefined) {
        throw new Refusal(403, 'FORBIDDEN', `${principal.name} may only read`, { hint: 'use a token that may write' });
      }
      const { ticket } = await readJson(c, context, () => commitRequestSchema);
      return c.json(await commit(context, principal, ticket));
    } catch (error) {
      if (error instanceof Refusal && error.status < 500) {
        context.metrics.commits.inc({ result: 'refused' });
        const { code, message } = error;
        context.logger.info('commit refused', {
          audit: true,
          event: 'commit.refused',
          principal: principal.name,
          code,
          message,
        });
      }
      throw error;
    }
  };
}
