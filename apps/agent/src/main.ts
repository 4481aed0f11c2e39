#!/usr/bin/env node
import { join } from 'node:path';
import type { AgentContext } from './agent-context.js';
import type * as program from './cli.js';
import { loadProgram } from './load-program.js';
import { processContext } from './process-context.js';
import type * as resume from './resume.js';
import { replaySnapshot, type Recalled } from './snapshot/replay-snapshot.js';

declare const __VELOCITY_VERSION__: string;
declare const __PROGRAM_DIGEST__: string;

interface Programs {
  readonly program: typeof program;
  readonly resume: typeof resume;
}

const args = process.argv.slice(2);

if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
  process.stdout.write(`${__VELOCITY_VERSION__}\n`);
} else {
  void main();
}

async function main(): Promise<void> {
  const context = processContext(__VELOCITY_VERSION__);
  // Not process.exit(): it can hang on Node 24 and later (nodejs/node#54918), and cuts off output that is still on its way.
  process.exitCode = await run(context);
}

async function run(context: AgentContext): Promise<number> {
  const replayed = await replay(context);
  if (typeof replayed === 'number') return replayed;
  const exitCode = replayed && (await load('resume', context, ({ resumeRun }) => resumeRun(replayed, context)));
  return exitCode ?? load('program', context, ({ runCli }) => runCli(args, context));
}

async function load<N extends keyof Programs, R>(
  name: N,
  { nodeVersion, architecture }: AgentContext,
  body: (loaded: Programs[N]) => Promise<R>,
): Promise<R> {
  const loaded = loadProgram<Programs[N]>(
    join(__dirname, `${name}.js`),
    `${__PROGRAM_DIGEST__}-${nodeVersion}-${architecture}`,
  );
  const result = await body(loaded.exports);
  loaded.keepCompiled();
  return result;
}

async function replay(context: AgentContext): Promise<number | Recalled | undefined> {
  try {
    return await replaySnapshot(args, context);
  } catch {
    // Whatever is wrong, the run that is planned will meet it, too, and say it.
    return undefined;
  }
}
