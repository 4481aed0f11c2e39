import { ROUTES } from '@velocity/protocol';
import type { MiddlewareHandler } from 'hono';
import type { GatewayContext } from '../context.js';
import type { GatewayEnv } from '../gateway-env.js';
import { nodeOf } from '../gateway-env.js';

const NAMES = new Map<string, string>([
  [ROUTES.negotiate, 'negotiate'],
  [ROUTES.commit, 'commit'],
  [ROUTES.history, 'history'],
  [ROUTES.report, 'report'],
  [ROUTES.whoami, 'whoami'],
  [ROUTES.health, 'health'],
  [ROUTES.ready, 'ready'],
  [ROUTES.metrics, 'metrics'],
]);
/** Asked for every few seconds by machines. */
const QUIET = new Set(['health', 'ready', 'metrics']);

/** Counts and logs each request: method, route and status, never the query or a header. */
export function observeRequests(context: GatewayContext): MiddlewareHandler<GatewayEnv> {
  return async (c, next) => {
    const startedMs = context.now();
    await next();
    const route = routeName(c.req.path);
    const { status } = c.res;
    context.metrics.requests.inc({ route, status: String(status) });
    const isSent = nodeOf(c).outgoing?.headersSent === true;
    if (context.lifecycle.draining.aborted && !isSent) c.res.headers.set('connection', 'close');
    const isQuiet = QUIET.has(route) && status < 400;
    context.logger[isQuiet ? 'debug' : 'info']('request', {
      method: c.req.method,
      route,
      status,
      ms: context.now() - startedMs,
      principal: c.get('principal')?.name,
    });
  };
}

function routeName(path: string): string {
  return NAMES.get(path) ?? (path.startsWith(`${ROUTES.proxyBlob}/`) ? 'proxy_blob' : 'other');
}
