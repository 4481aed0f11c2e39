// @ts-check
/** @import { PackageSpec } from '../lib/types.d.ts' */

/** What pnpm has in a workspace, by path. @param {readonly PackageSpec[]} packages @returns {Record<string, string>} */
export function pnpmFiles(packages) {
  return {
    // Pnpm 11 and later would run an install before every script, and look its own pin up in the registry.
    'pnpm-workspace.yaml': "packages:\n  - 'packages/*'\nverifyDepsBeforeRun: false\npmOnFail: ignore\n",
    'pnpm-lock.yaml': lockfile(packages),
    // Nx refuses a lockfile of pnpm without it.
    'node_modules/.modules.yaml': modules(packages),
  };
}

/** @param {readonly PackageSpec[]} packages */
function lockfile(packages) {
  const head =
    "lockfileVersion: '9.0'\n\nsettings:\n  autoInstallPeers: true\n  excludeLinksFromLockfile: false\n\nimporters:\n\n  .: {}\n";
  const importers = packages.map(({ directory, dependencies }) => {
    const lines = dependencies.map(
      (dependency) =>
        `      '${dependency.name}':\n        specifier: workspace:*\n        version: link:../${dependency.directory}\n`,
    );
    return `\n  packages/${directory}:${lines.length > 0 ? `\n    dependencies:\n${lines.join('')}` : ' {}\n'}`;
  });
  return head + importers.join('');
}

/** @param {readonly PackageSpec[]} packages */
function modules(packages) {
  const hoisted = packages.map(({ directory, name }) => [`packages/${directory}`, { [name]: 'private' }]);
  return JSON.stringify({
    hoistedDependencies: Object.fromEntries(hoisted),
    hoistPattern: ['*'],
    included: { dependencies: true, devDependencies: true, optionalDependencies: true },
    layoutVersion: 5,
    nodeLinker: 'isolated',
    pendingBuilds: [],
    publicHoistPattern: [],
    skipped: [],
    virtualStoreDir: '.pnpm',
    virtualStoreDirMaxLength: 120,
  });
}
