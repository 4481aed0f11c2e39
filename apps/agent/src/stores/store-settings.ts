import { join, resolve } from 'node:path';
import { VelocityError } from '@velocity/core';
import type { AgentContext } from '../agent-context.js';
import type { RemoteSettings, VelocityConfig } from '../config/types.js';
import type { StoreMode } from '../run/run-environment.js';
import { mayReceiveToken, originNotAllowed } from './allowed-origins.js';

/** What the command line and the environment say about the stores; absent means that the file decides. */
export interface StoreFlags {
  /** `local:rw,remote:r` */
  readonly cache?: string | undefined;
  readonly isCacheOff?: boolean | undefined;
  readonly remoteUrl?: string | undefined;
  readonly isRemoteReadOnly?: boolean | undefined;
  readonly isRemoteOff?: boolean | undefined;
  readonly upload?: 'wait' | 'background' | 'skip' | undefined;
  readonly cacheDir?: string | undefined;
}

export interface StoreSettings {
  readonly cacheDir: string;
  readonly local: StoreMode;
  readonly remote: (RemoteSettings & { readonly url: string; readonly mode: StoreMode }) | undefined;
  /** Why a remote that is configured is not used. */
  readonly remoteProblem?: VelocityError;
}

const ALL: StoreMode = { read: true, write: true };
export const NO_ACCESS: StoreMode = { read: false, write: false };

/** Puts file, environment and flags together. @throws VelocityError `USAGE` */
export function storeSettings(config: VelocityConfig, flags: StoreFlags, context: AgentContext): StoreSettings {
  const cacheDir =
    flags.cacheDir !== undefined
      ? resolve(context.cwd, flags.cacheDir)
      : (config.cache.dir ?? defaultCacheDir(context));
  const modes = flags.isCacheOff === true ? { local: NO_ACCESS, remote: NO_ACCESS } : parseCacheModes(flags.cache);
  const remote = remoteSettings(config.remote, modes.remote, flags, context);
  const isFromRepository = flags.remoteUrl === undefined && config.remote.tokenSource !== 'literal';
  if (remote?.token && isFromRepository && !mayReceiveToken(remote.url, context)) {
    return { cacheDir, local: modes.local, remote: undefined, remoteProblem: originNotAllowed(remote.url) };
  }
  return { cacheDir, local: modes.local, remote };
}

/** The same with both stores off. */
export function withoutStores(settings: StoreSettings): StoreSettings {
  return { ...settings, local: NO_ACCESS, remote: undefined };
}

function remoteSettings(
  remote: RemoteSettings,
  mode: StoreMode,
  flags: StoreFlags,
  { env }: AgentContext,
): StoreSettings['remote'] {
  const url = flags.remoteUrl ?? remote.url;
  const isWanted = flags.remoteUrl !== undefined || remote.enabled;
  if (flags.isRemoteOff === true || !isWanted || url === undefined || url === '' || !(mode.read || mode.write))
    return undefined;
  const upload = flags.upload ?? remote.upload;
  const isReadOnly = (flags.isRemoteReadOnly ?? remote.readOnly) || upload === 'skip';
  const token = remote.token ?? env['VC_AUTH_TOKEN'];
  return {
    ...remote,
    url,
    upload,
    ...(token !== undefined && { token }),
    mode: { read: mode.read, write: mode.write && !isReadOnly },
  };
}

/** `--cache=local:rw,remote:r`: a store that is not named is off. */
function parseCacheModes(text: string | undefined): { readonly local: StoreMode; readonly remote: StoreMode } {
  if (text === undefined) return { local: ALL, remote: ALL };
  const modes = { local: NO_ACCESS, remote: NO_ACCESS };
  for (const part of text.split(',').filter((item) => item !== '')) {
    const match = /^(local|remote):(r?w?)$/.exec(part.trim());
    if (match === null) {
      throw new VelocityError('USAGE', `--cache does not understand ${JSON.stringify(part)}`, {
        hint: 'write it as --cache=local:rw,remote:r',
      });
    }
    const letters = match[2] ?? '';
    modes[match[1] as 'local' | 'remote'] = { read: letters.includes('r'), write: letters.includes('w') };
  }
  return modes;
}

/** The user's cache folder: shared by all checkouts. XDG on Linux, the platform's own elsewhere. */
function defaultCacheDir({ env, homeDirectory, platform }: AgentContext): string {
  if (env['XDG_CACHE_HOME']) return join(env['XDG_CACHE_HOME'], 'velocity');
  if (platform === 'darwin') return join(homeDirectory, 'Library', 'Caches', 'velocity');
  if (platform === 'win32')
    return join(env['LOCALAPPDATA'] ?? join(homeDirectory, 'AppData', 'Local'), 'velocity', 'cache');
  return join(homeDirectory, '.cache', 'velocity');
}
