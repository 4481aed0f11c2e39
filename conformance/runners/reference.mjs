// @ts-check
/** @import { Adapter, Claim } from '../lib/types.d.ts' */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProcess } from '../lib/process.mjs';
import { writeJson } from '../lib/workspace.mjs';
import { referenceWordings } from './wordings.mjs';

const program = fileURLToPath(new URL('../reference/main.mjs', import.meta.url));

/** The runner that the suite itself is tested with: right in everything, unless a fault is switched on. @type {Adapter} */
export const adapter = {
  name: 'reference',
  version: () => '1',
  setUp({ root }, spec) {
    writeJson(join(root, 'reference.json'), spec);
  },
  run(box, tasks, { packages, args, env, ...control }, { faults = [] }) {
    const request = JSON.stringify({ tasks, packages, args, faults });
    return runProcess([process.execPath, program, request], {
      cwd: box.root,
      env: { ...box.env, ...env },
      ...control,
    });
  },
  read({ stdout }) {
    const lines = [...stdout.matchAll(/^(\S+#\S+) (hit|miss|failed)\b/gm)];
    return Object.fromEntries(lines.map(([, task = '', claim]) => [task, /** @type {Claim} */ (claim)]));
  },
  readReasons({ stdout }) {
    const lines = [...stdout.matchAll(/^(\S+#\S+) miss: (.+)$/gm)];
    return Object.fromEntries(lines.map(([, task = '', reason = '']) => [task, reason]));
  },
  wordings: referenceWordings,
  stored: ({ home }) => [join(home, '.cache', 'reference', 'entries')],
  remembered: ({ root }) => [join(root, '.reference')],
};
