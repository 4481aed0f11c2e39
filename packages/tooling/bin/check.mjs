#!/usr/bin/env node
/** `check.mjs <name>…`: runs the named checks of `checks/`, all of them without a name; `--update` accepts what changed. */
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { update: { type: 'boolean' } } });
const names = positionals.length > 0 ? positionals : ['boundaries', 'api', 'packages', 'readmes'];
for (const name of names) {
  const { check } = await import(`../checks/${name}.mjs`);
  const problems = await check({ isUpdate: values.update === true });
  for (const problem of problems) console.error(`${name}: ${problem}`);
  if (problems.length > 0) process.exitCode = 1;
}
