import { FileIndex, VelocityError } from '@velocity/core';
import type { AgentContext } from '../agent-context.js';
import { createReporter } from '../reporters/create-reporter.js';
import { GatheredOutput } from '../reporters/gathered-output.js';
import type { Reporter } from '../run/events.js';
import { storeSettings, type StoreSettings } from '../stores/store-settings.js';
import type { OpenWorkspace } from '../workspace/open-workspace.js';
import { hideOwnFolder, ownPath } from '../workspace/own-folder.js';
import { parseModes, type RunModes } from './run-modes.js';
import type { RunRequest } from './run-request.js';
import type { RunSource } from './run-source.js';

/** A run of which everything that was asked for is understood. */
export interface PreparedRun {
  readonly source: RunSource;
  readonly context: AgentContext;
  readonly request: RunRequest;
  readonly modes: RunModes;
  readonly settings: StoreSettings;
  readonly reporter: Reporter;
  /** What the reporter writes to. */
  readonly output: GatheredOutput;
  readonly elapsedMs: () => number;
}

/** Mistakes first: nothing is said and nothing done before they are. @throws VelocityError `USAGE` */
export function prepareRun(source: RunSource, context: AgentContext, request: RunRequest): PreparedRun {
  const startedAt = context.monotonic();
  const modes = parseModes(request, context);
  const output = new GatheredOutput(context);
  const { stdout, stderr } = output;
  const reporter = source.watch(createReporter(request, { ...context, stdout, stderr }));
  const settings = storeSettings(source.workspace.config, { ...request.stores, upload: modes.upload }, context);
  if (request.isRemoteRequired && settings.remoteProblem !== undefined) throw settings.remoteProblem;
  if (request.isRemoteRequired && settings.remote === undefined) {
    throw new VelocityError('USAGE', '--require-remote, but no remote is in use', {
      hint: 'set remote.url in velocity.yml, or give --remote-cache-url',
    });
  }
  const elapsedMs = (): number => context.monotonic() - startedAt;
  return { source, context, request, modes, settings, reporter, output, elapsedMs };
}

export function openIndex({ root }: OpenWorkspace, { now }: AgentContext): FileIndex {
  hideOwnFolder(root);
  return FileIndex.load({ root, file: ownPath(root, 'index'), now });
}
