/** Paths of the gateway. */
export const ROUTES = {
  negotiate: '/v1/negotiate',
  commit: '/v1/commit',
  history: '/v1/history',
  report: '/v1/report',
  whoami: '/v1/whoami',
  proxyBlob: '/v1/proxy/blob',
  health: '/health',
  ready: '/ready',
  metrics: '/metrics',
} as const;
