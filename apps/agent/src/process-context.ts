import { availableParallelism, homedir, tmpdir } from 'node:os';
import { isErrno } from '@velocity/core';
import type { AgentContext } from './agent-context.js';

/** The context of the real process: the one place of the agent that reads environment, arguments, clock and randomness. */
export function processContext(version: string): AgentContext {
  const { stdout, stderr, env } = process;
  // Node leaves it undefined where the output is not a terminal.
  const isTerminal = (stdout.isTTY as boolean | undefined) === true;
  // Whoever reads has heard enough, as `head` has: the build goes on.
  for (const stream of [stdout, stderr]) stream.on('error', ignoreClosedPipe);
  return {
    version,
    env,
    cwd: process.cwd(),
    stdin: process.stdin,
    stdout,
    stderr,
    columns: isTerminal ? stdout.columns : undefined,
    hasColor: hasColor(env, isTerminal),
    platform: process.platform,
    architecture: process.arch,
    nodeVersion: process.version,
    nodePath: process.execPath,
    homeDirectory: homedir(),
    tempDirectory: tmpdir(),
    processId: process.pid,
    cpuCount: availableParallelism(),
    now: Date.now,
    monotonic: () => performance.now(),
    random: Math.random,
    within,
    onSignal: (listener) => {
      const interrupt = (): void => listener('SIGINT');
      const terminate = (): void => listener('SIGTERM');
      process.on('SIGINT', interrupt);
      process.on('SIGTERM', terminate);
      // The terminal was closed: without this its tasks, in groups of their own, would run on.
      process.on('SIGHUP', terminate);
      return () => {
        process.off('SIGINT', interrupt);
        process.off('SIGTERM', terminate);
        process.off('SIGHUP', terminate);
      };
    },
  };
}

function within<T>(folder: string, body: () => T): T {
  const before = process.cwd();
  process.chdir(folder);
  try {
    return body();
  } finally {
    process.chdir(before);
  }
}

function ignoreClosedPipe(error: Error): void {
  if (!isErrno(error, 'EPIPE')) throw error;
}

/** NO_COLOR (no-color.org) and FORCE_COLOR win over what the output is. */
function hasColor(env: NodeJS.ProcessEnv, isTerminal: boolean): boolean {
  if (env['NO_COLOR']) return false;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return isTerminal && env['TERM'] !== 'dumb';
}
