import { reportRequestSchema } from '@velocity/protocol';
import type { Handler } from 'hono';
import type { GatewayContext } from '../context.js';
import type { GatewayEnv } from '../gateway-env.js';
import { readJson } from '../request-body.js';
import { reportDamage } from '../services/report-damage.js';

/** "These blobs are other than their names", "this artifact is another one": believed only when the gateway sees it too. */
export function reportRoute(context: GatewayContext): Handler<GatewayEnv> {
  return async (c) => {
    const request = await readJson(c, context, () => reportRequestSchema);
    return c.json(await reportDamage(context, c.get('principal'), request));
  };
}
