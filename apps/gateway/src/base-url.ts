/** Where clients find a gateway that was not told: this machine, or the one address that it listens on. */
export function defaultBaseUrl(bind: string, port: number): string {
  const isLocal = isWildcard(bind) || ['127.0.0.1', '::1', 'localhost'].includes(bind);
  return `http://${isLocal ? 'localhost' : bind.includes(':') ? `[${bind}]` : bind}:${port}`;
}

/** Listens on every address of the machine. */
export function isWildcard(bind: string): boolean {
  return bind === '0.0.0.0' || bind === '::';
}
