#!/usr/bin/env node
import { join } from 'node:path';
import type * as program from './cli.js';
import { loadProgram } from './load-program.js';
import { processContext } from './process-context.js';
import { replaySnapshot } from './snapshot/replay-snapshot.js';

declare const __VELOCITY_VERSION__: string;
declare const __PROGRAM_DIGEST__: string;

const args = process.argv.slice(2);

if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
  process.stdout.write(`${__VELOCITY_VERSION__}\n`);
} else {
  void main();
}

async function main(): Promise<void> {
  const context = processContext(__VELOCITY_VERSION__);
  const exitCode = await replay(context);
  if (exitCode !== undefined) {
    process.exitCode = exitCode;
    return;
  }
  const identity = `${__PROGRAM_DIGEST__}-${context.nodeVersion}-${context.architecture}`;
  const loaded = loadProgram<typeof program>(join(__dirname, 'program.js'), identity);
  // Not process.exit(): it can hang on Node 24 and later (nodejs/node#54918), and cuts off output that is still on its way.
  process.exitCode = await loaded.exports.runCli(args, context);
  loaded.keepCompiled();
}

async function replay(context: ReturnType<typeof processContext>): Promise<number | undefined> {
  try {
    return await replaySnapshot(args, context);
  } catch {
    // Whatever is wrong, the run that is planned will meet it, too, and say it.
    return undefined;
  }
}
