// @ts-check
/** @import { Box } from './types.d.ts' */
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { chmodSync, lstatSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Folders of a probe's own, away from everything else on the machine. The caller removes it with {@link removeBox}.
 * @param {string} path the PATH that runners get
 * @returns {Box}
 */
export function createBox(path) {
  // Short: sockets that runners put below it have paths of at most 100 bytes.
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'cf-')));
  const [root, home, control, temp] = ['repo', 'home', 'control', 'tmp'].map((name) => join(base, name));
  if (root === undefined || home === undefined || control === undefined || temp === undefined)
    throw new Error('no box');
  for (const folder of [root, home, control, temp]) mkdirSync(folder);
  // Else the folder has only its maker's permissions, and a probe may run as somebody else.
  chmodSync(base, 0o755);
  writeFileSync(join(home, '.gitconfig'), GIT_CONFIG);
  // Some runners keep npm's variables from it.
  writeFileSync(join(home, '.npmrc'), 'update-notifier=false\nfund=false\naudit=false\n');
  copyFileSync(fileURLToPath(new URL('task-kit.mjs', import.meta.url)), join(control, 'task-kit.mjs'));
  return { base, root, home, control, env: environment({ path, home, temp }) };
}

/** @param {Box} box */
export function removeBox({ base }) {
  makeWritable(base);
  rmSync(base, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

/** @param {string} folder */
function makeWritable(folder) {
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  if (stats?.isDirectory() !== true) return;
  if ((stats.mode & 0o700) !== 0o700) chmodSync(folder, 0o700);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) makeWritable(join(folder, entry.name));
  }
}

const GIT_CONFIG = `[user]
\tname = conformance
\temail = conformance@example.com
[init]
\tdefaultBranch = main
[safe]
\tdirectory = *
[core]
\tfsync = none
[gc]
\tauto = 0
`;

/** @param {{ path: string, home: string, temp: string }} places @returns {Record<string, string>} */
function environment({ path, home, temp }) {
  return {
    PATH: path,
    HOME: home,
    USERPROFILE: home,
    XDG_CACHE_HOME: join(home, '.cache'),
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_DATA_HOME: join(home, '.local', 'share'),
    XDG_STATE_HOME: join(home, '.local', 'state'),
    TMPDIR: temp,
    TEMP: temp,
    TMP: temp,
    LANG: 'C.UTF-8',
    NO_COLOR: '1',
    DO_NOT_TRACK: '1',
    GIT_CONFIG_NOSYSTEM: '1',
    npm_config_update_notifier: 'false',
    npm_config_fund: 'false',
    npm_config_audit: 'false',
  };
}
