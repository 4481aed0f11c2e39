#!/usr/bin/env node
import { join } from 'node:path';
import type * as program from './cli.js';
import { loadProgram } from './load-program.js';
import { processContext } from './process-context.js';

declare const __VELOCITY_VERSION__: string;

const args = process.argv.slice(2);

if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
  process.stdout.write(`${__VELOCITY_VERSION__}\n`);
} else {
  void main();
}

async function main(): Promise<void> {
  const context = processContext(__VELOCITY_VERSION__);
  const runtime = `${context.nodeVersion}-${context.architecture}`;
  const loaded = loadProgram<typeof program>(join(__dirname, 'program.js'), runtime);
  // Not process.exit(): it can hang on Node 24 and later (nodejs/node#54918), and cuts off output that is still on its way.
  process.exitCode = await loaded.exports.runCli(args, context);
  loaded.keepCompiled();
}
