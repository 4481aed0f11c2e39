#!/usr/bin/env node
import { processContext } from './process-context.js';

declare const __VELOCITY_VERSION__: string;

const version = typeof __VELOCITY_VERSION__ === 'string' ? __VELOCITY_VERSION__ : '0.0.0';
const args = process.argv.slice(2);

if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
  process.stdout.write(`${version}\n`);
} else {
  const { runCli } = await import('./cli.js');
  // Not process.exit(): it can hang on Node 24 and later (nodejs/node#54918), and cuts off output that is still on its way.
  process.exitCode = await runCli(args, processContext(version));
}
