import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import type { AgentContext } from '../agent-context.js';
import { ownPath } from '../workspace/own-folder.js';
import { readSnapshot } from './encode-snapshot.js';
import type { Snapshot } from './snapshot.js';

/** The command, where it was given, and everything of the process that may make it another one. */
export interface SnapshotRequest {
  readonly args: readonly string[];
  readonly context: Pick<
    AgentContext,
    'version' | 'cwd' | 'env' | 'nodeVersion' | 'nodePath' | 'platform' | 'architecture'
  >;
}

/** What says something of the terminal or the session and nothing of the work; a declared variable is never taken for one of these. */
const SESSION_VARIABLES: ReadonlySet<string> = new Set(
  [
    '_ PWD OLDPWD SHLVL COLUMNS LINES TERM COLORTERM TERM_PROGRAM TERM_PROGRAM_VERSION TERM_SESSION_ID WINDOWID',
    'TMUX TMUX_PANE STY SSH_TTY SSH_CLIENT SSH_CONNECTION GPG_TTY XDG_SESSION_ID INVOCATION_ID JOURNAL_STREAM',
    'VSCODE_IPC_HOOK_CLI VSCODE_GIT_IPC_HANDLE',
  ].flatMap((line) => line.split(' ')),
);

export function sessionVariables(): readonly string[] {
  return [...SESSION_VARIABLES];
}

/** Another command, folder, environment, Node or version has another name. */
export function snapshotName({ args, context }: SnapshotRequest): string {
  const { version, cwd, env, nodeVersion, nodePath, platform, architecture } = context;
  const variables = Object.keys(env)
    .filter((name) => env[name] !== undefined && !SESSION_VARIABLES.has(name))
    .sort()
    .map((name) => [name, env[name]]);
  const identity = [version, nodeVersion, nodePath, platform, architecture, cwd, args, variables];
  return createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 32);
}

export function snapshotFile(root: string, name: string): string {
  return ownPath(root, 'snapshots', name);
}

/** Looks for a snapshot from the folder upwards: no configuration has been read that could tell the root. */
export function findSnapshot(
  directory: string,
  name: string,
): { readonly root: string; readonly snapshot: Snapshot } | undefined {
  for (let root = directory; ; root = dirname(root)) {
    const snapshot = readSnapshot(snapshotFile(root, name));
    if (snapshot !== undefined) return { root, snapshot };
    if (dirname(root) === root) return undefined;
  }
}
