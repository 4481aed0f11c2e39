#!/usr/bin/env node
import { VERSION } from './version.js';

const argv = process.argv.slice(2);
if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-v')) process.stdout.write(`${VERSION}\n`);
else process.exitCode = await run();

async function run(): Promise<number> {
  const [{ runCli }, { readEnvironment }] = await Promise.all([import('./cli.js'), import('./env.js')]);
  const { stdin, stdout, stderr } = process;
  // Whoever started the server may stop reading its output: that is no reason to stop serving.
  for (const stream of [stdout, stderr]) stream.on('error', () => undefined);
  const environment = readEnvironment();
  const colorDepth = stdout.isTTY && environment['NO_COLOR'] === undefined ? stdout.getColorDepth() : 1;
  return runCli(argv, { env: environment, environment, stdin, stdout, stderr, colorDepth });
}
