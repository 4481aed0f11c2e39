/** Paths of the gateway. */
export const ROUTES = {
  negotiate: '/v1/negotiate',
  commit: '/v1/commit',
  whoami: '/v1/whoami',
  proxyBlob: '/v1/proxy/blob',
  health: '/health',
  ready: '/ready',
  metrics: '/metrics',
} as const;
