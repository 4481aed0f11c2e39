import { formatDuration, formatSize, VelocityError } from '@velocity/core';
import type { Whoami } from '@velocity/protocol';
import type { AgentContext } from '../agent-context.js';
import { openStores } from '../stores/open-stores.js';
import { NO_ACCESS, storeSettings } from '../stores/store-settings.js';
import type { OpenWorkspace } from '../workspace/open-workspace.js';

export interface RemoteRequest {
  readonly remoteUrl: string | undefined;
  readonly isJson: boolean;
}

/** Asks the gateway who we are and how long an answer takes. */
export async function remoteStatus(
  workspace: OpenWorkspace,
  context: AgentContext,
  request: RemoteRequest,
): Promise<number> {
  const { url, whoami, roundTripMs } = await ask(workspace, context, request);
  const clockSkewMs = Date.parse(whoami.serverTime) - context.now();
  if (request.isJson) {
    context.stdout.write(`${JSON.stringify({ url, roundTripMs, clockSkewMs, ...whoami }, undefined, 2)}\n`);
    return 0;
  }
  const lines = [
    `gateway     ${url} (velocity-server ${whoami.version})`,
    `round trip  ${formatDuration(roundTripMs)}`,
    `clock       ${Math.abs(clockSkewMs) < 5000 ? 'in step' : `${formatDuration(Math.abs(clockSkewMs))} off`}`,
    ...describe(whoami),
  ];
  context.stdout.write(`${lines.join('\n')}\n`);
  return 0;
}

export async function remoteWhoami(
  workspace: OpenWorkspace,
  context: AgentContext,
  request: RemoteRequest,
): Promise<number> {
  const { whoami } = await ask(workspace, context, request);
  context.stdout.write(
    request.isJson ? `${JSON.stringify(whoami, undefined, 2)}\n` : `${describe(whoami).join('\n')}\n`,
  );
  return 0;
}

function describe(whoami: Whoami): string[] {
  const { name, role, namespace, scope, limits } = whoami;
  return [
    `principal   ${name} (${role})`,
    `namespace   ${namespace}`,
    `writes      ${scope === null ? 'nothing' : `scope ${scope}`}`,
    `limit       ${formatSize(limits.maxArtifactSize)} an artifact`,
  ];
}

async function ask(
  workspace: OpenWorkspace,
  context: AgentContext,
  request: RemoteRequest,
): Promise<{ readonly url: string; readonly whoami: Whoami; readonly roundTripMs: number }> {
  const settings = storeSettings(workspace.config, { remoteUrl: request.remoteUrl }, context);
  if (settings.remoteProblem !== undefined) throw settings.remoteProblem;
  if (settings.remote === undefined) {
    throw new VelocityError('USAGE', 'no remote is configured', {
      hint: 'set remote.enabled and remote.url in velocity.yml, or give --remote-cache-url',
    });
  }
  await using stores = await openStores({ ...settings, local: NO_ACCESS }, context);
  const startedAt = context.monotonic();
  const whoami = await stores.gateway?.whoami();
  if (whoami === undefined) throw new VelocityError('GATEWAY_UNAVAILABLE', 'no gateway');
  return { url: settings.remote.url, whoami, roundTripMs: context.monotonic() - startedAt };
}
