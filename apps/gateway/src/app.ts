import { ROUTES } from '@velocity/protocol';
import { Hono } from 'hono';
import type { GatewayContext } from './context.js';
import type { GatewayEnv } from './gateway-env.js';
import { answerErrors, methodNotAllowed, notFound } from './middleware/answer-errors.js';
import { authenticate } from './middleware/authenticate.js';
import { observeRequests } from './middleware/observe-requests.js';
import { requireProbed } from './middleware/require-probed.js';
import { commitRoute } from './routes/commit.js';
import { healthRoute, readyRoute } from './routes/health.js';
import { historyRoute } from './routes/history.js';
import { metricsRoute } from './routes/metrics.js';
import { negotiateRoute } from './routes/negotiate.js';
import { downloadBlobRoute, uploadBlobRoute } from './routes/proxy-blob.js';
import { reportRoute } from './routes/report.js';
import { whoamiRoute } from './routes/whoami.js';

/** The gateway's routes over a context. Does not listen and reads no environment: `createApp(context).request(...)` is a test. */
export function createApp(context: GatewayContext): Hono<GatewayEnv> {
  const app = new Hono<GatewayEnv>();
  const auth = authenticate(context);
  const probed = requireProbed(context);
  app.use(observeRequests(context));
  app.onError(answerErrors(context));

  app.post(ROUTES.negotiate, auth, probed, negotiateRoute(context)).all(ROUTES.negotiate, methodNotAllowed('POST'));
  app.post(ROUTES.commit, auth, probed, commitRoute(context)).all(ROUTES.commit, methodNotAllowed('POST'));
  app.post(ROUTES.history, auth, probed, historyRoute(context)).all(ROUTES.history, methodNotAllowed('POST'));
  app.post(ROUTES.report, auth, probed, reportRoute(context)).all(ROUTES.report, methodNotAllowed('POST'));
  app.get(ROUTES.whoami, auth, whoamiRoute(context)).all(ROUTES.whoami, methodNotAllowed('GET'));
  app.get(ROUTES.health, healthRoute).all(ROUTES.health, methodNotAllowed('GET'));
  app.get(ROUTES.ready, readyRoute(context)).all(ROUTES.ready, methodNotAllowed('GET'));
  app.get(ROUTES.metrics, metricsRoute(context)).all(ROUTES.metrics, methodNotAllowed('GET'));
  if (context.urlSigner !== undefined) {
    const path = `${ROUTES.proxyBlob}/*`;
    app.put(path, uploadBlobRoute(context, context.urlSigner));
    app.get(path, downloadBlobRoute(context, context.urlSigner)).all(path, methodNotAllowed('GET', 'HEAD', 'PUT'));
  }
  app.all('*', notFound);
  return app;
}
