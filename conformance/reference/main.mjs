// @ts-check
/** `node main.mjs '{"tasks":["build"],"packages":["lib"],"args":[],"faults":[]}'` in a workspace with a reference.json. */
import { join } from 'node:path';
import { bringAbout } from './bring-about.mjs';
import { overlaps, planTasks } from './plan.mjs';

/** @typedef {{ tasks: string[], packages?: string[], args?: string[], faults: string[] }} Request */

const request = /** @type {Request} */ (JSON.parse(process.argv[2] ?? '{}'));
const faults = new Set(request.faults);
const root = process.cwd();
const cache = join(process.env['XDG_CACHE_HOME'] ?? root, 'reference');
const planned = planTasks(root, request);

if (!faults.has('silent-overlap')) {
  for (const [one, other, folder] of overlaps(planned)) {
    process.stderr.write(`warning: ${one} and ${other} both own the output ${folder}\n`);
  }
}
/** @type {Map<string, { key: string, isTainted: boolean }>} */
const done = new Map();
for (const task of planned) {
  const result = await bringAbout(task, { root, cache, faults, done, env: process.env });
  const reason = faults.has('vague-reason') ? 'something is different' : result.reason;
  process.stdout.write(`${task.id} ${result.isHit || faults.has('lie') ? 'hit' : `miss: ${reason}`}\n`);
  if (result.code !== 0) {
    process.stdout.write(`${task.id} failed\n`);
    process.exitCode = result.code;
    break;
  }
  done.set(task.id, { key: result.key, isTainted: result.isTainted });
}
