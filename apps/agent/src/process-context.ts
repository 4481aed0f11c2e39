import { availableParallelism, homedir } from 'node:os';
import type { AgentContext } from './agent-context.js';

/** The context of the real process: the one place of the agent that reads environment, arguments, clock and randomness. */
export function processContext(version: string): AgentContext {
  const { stdout, env } = process;
  return {
    version,
    env,
    cwd: process.cwd(),
    stdin: process.stdin,
    stdout,
    stderr: process.stderr,
    columns: stdout.isTTY ? stdout.columns : undefined,
    hasColor: hasColor(env, stdout.isTTY),
    platform: process.platform,
    architecture: process.arch,
    nodeVersion: process.version,
    nodePath: process.execPath,
    homeDirectory: homedir(),
    processId: process.pid,
    cpuCount: availableParallelism(),
    now: Date.now,
    monotonic: () => performance.now(),
    random: Math.random,
    onSignal: (listener) => {
      const interrupt = (): void => listener('SIGINT');
      const terminate = (): void => listener('SIGTERM');
      process.on('SIGINT', interrupt);
      process.on('SIGTERM', terminate);
      return () => {
        process.off('SIGINT', interrupt);
        process.off('SIGTERM', terminate);
      };
    },
  };
}

/** NO_COLOR (no-color.org) and FORCE_COLOR win over what the output is. */
function hasColor(env: NodeJS.ProcessEnv, isTerminal: boolean): boolean {
  if (env['NO_COLOR']) return false;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return isTerminal && env['TERM'] !== 'dumb';
}
