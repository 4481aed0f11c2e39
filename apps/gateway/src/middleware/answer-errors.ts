import { ROUTES } from '@velocity/protocol';
import type { ErrorHandler, Handler } from 'hono';
import type { GatewayContext } from '../context.js';
import type { GatewayEnv } from '../gateway-env.js';
import { nodeOf } from '../gateway-env.js';
import { errorFields } from '../logger.js';
import { errorBody, Refusal, toRefusal } from '../refusal.js';
import { RefusalAudit } from '../refusal-audit.js';

/** Every failure leaves as `{error: {code, message, hint?, retryable}}`; those of the server's own are logged with their causes. */
export function answerErrors(context: GatewayContext): ErrorHandler<GatewayEnv> {
  const audit = new RefusalAudit(context.logger, context.now);
  context.lifecycle.draining.addEventListener('abort', () => audit.flush(), { once: true });
  return (error, c) => {
    const refusal = toRefusal(error);
    // Refused commits have a line of their own, with what was to be committed.
    const isCommit = c.req.path === ROUTES.commit && c.get('principal') !== undefined;
    if (!isCommit) audit.note(refusal, { method: c.req.method, path: c.req.path, principal: c.get('principal')?.name });
    if (refusal.status >= 500) {
      const isBug = refusal.status === 500;
      context.logger[isBug ? 'error' : 'warn']('request failed', errorFields(refusal.cause ?? refusal));
    }
    for (const [name, value] of Object.entries(refusal.headers)) c.header(name, value);
    // What is left of the body stays unread: the connection cannot carry another request.
    if (isBodyUnread(nodeOf(c).incoming)) c.header('connection', 'close');
    return c.json(errorBody(refusal), refusal.status);
  };
}

/** A route and not hono's own hook, whose failures pass the middleware by. */
export const notFound: Handler<GatewayEnv> = (c) => {
  throw new Refusal(404, 'NOT_FOUND', `no such route: ${c.req.method} ${c.req.path.slice(0, 200)}`);
};

export function methodNotAllowed(...methods: readonly string[]): Handler<GatewayEnv> {
  return (c) => {
    const allow = methods.join(', ');
    throw new Refusal(405, 'METHOD_NOT_ALLOWED', `${c.req.method} is not allowed here`, {
      hint: `use ${allow}`,
      headers: { allow },
    });
  };
}

function isBodyUnread(incoming: GatewayEnv['Bindings']['incoming'] | undefined): boolean {
  if (incoming === undefined || incoming.readableEnded) return false;
  return incoming.headers['content-length'] !== undefined || incoming.headers['transfer-encoding'] !== undefined;
}
