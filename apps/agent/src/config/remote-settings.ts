import type { RemoteSettings } from './types.js';

/** What flags and environment say about the remote cache; absent means they say nothing. */
export interface RemoteOverrides {
  readonly enabled?: boolean | undefined;
  readonly url?: string | undefined;
  readonly token?: string | undefined;
  readonly readOnly?: boolean | undefined;
  readonly maxArtifactSizeBytes?: number | undefined;
  readonly timeoutMs?: number | undefined;
  readonly upload?: RemoteSettings['upload'] | undefined;
}

/** Overrides go before the file. A url switches the remote cache on unless `enabled` says otherwise; a token counts as one of the environment. */
export function mergeRemoteSettings(remote: RemoteSettings, overrides: RemoteOverrides): RemoteSettings {
  const given = Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined));
  return {
    ...remote,
    ...(overrides.url !== undefined && { enabled: true }),
    ...(overrides.token !== undefined && {
      tokenSource: overrides.token === '' ? ('none' as const) : ('env' as const),
    }),
    ...given,
  };
}
