// @ts-check
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

const SYSTEM_PATH = ['/usr/local/bin', '/usr/bin', '/bin'];

/**
 * A folder for the front of PATH with the programs that every tool has to share.
 * @param {string} folder made here
 * @param {Readonly<Record<string, string>>} programs by the name that they get
 */
export function linkPrograms(folder, programs) {
  mkdirSync(folder, { recursive: true });
  for (const [name, target] of Object.entries(programs)) symlinkSync(target, join(folder, name));
}

/**
 * All that a run sees of the outside. Nothing of the caller's: NODE_EXTRA_CA_CERTS alone adds 40 ms to each start of Node 20.
 * @param {{ binFolder: string, home: string }} places
 * @returns {Record<string, string>}
 */
export function runEnvironment({ binFolder, home }) {
  return {
    PATH: [binFolder, ...SYSTEM_PATH].join(':'),
    HOME: home,
    USER: 'bench',
    SHELL: '/bin/sh',
    LANG: 'C.UTF-8',
    TERM: 'dumb',
    TMPDIR: '/tmp',
    CI: '1',
    NO_COLOR: '1',
    FORCE_COLOR: '0',
    DO_NOT_TRACK: '1',
    NO_UPDATE_NOTIFIER: '1',
    npm_config_update_notifier: 'false',
    GIT_CONFIG_NOSYSTEM: '1',
  };
}
