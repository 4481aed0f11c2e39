// @ts-check
import { execFileSync } from 'node:child_process';

/** Makes the first commit: many tools ask git which files there are. @param {string} root @param {Readonly<Record<string, string>>} env */
export function commitWorkspace(root, env) {
  const git = (/** @type {string[]} */ ...args) =>
    execFileSync('git', ['-c', 'gc.auto=0', '-c', 'core.fsync=none', ...args], {
      cwd: root,
      env: { ...env, ...IDENTITY },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-q', '-m', 'generated');
  git('repack', '-q', '-a', '-d');
}

const IDENTITY = {
  GIT_AUTHOR_NAME: 'bench',
  GIT_AUTHOR_EMAIL: 'bench@example.com',
  GIT_AUTHOR_DATE: '2020-01-01T00:00:00Z',
  GIT_COMMITTER_NAME: 'bench',
  GIT_COMMITTER_EMAIL: 'bench@example.com',
  GIT_COMMITTER_DATE: '2020-01-01T00:00:00Z',
};
