// @ts-check
/** @import { Files, PackageSpec, Reason, TaskSpec, WorkspaceSpec } from './types.d.ts' */

/** A workspace of one package `lib` whose `build` is `script`. @param {Files} files @param {string} script @param {Partial<TaskSpec>} [more] @returns {WorkspaceSpec} */
export function onePackage(files, script, more = {}) {
  return { packages: [{ name: 'lib', files, tasks: { build: { script, ...more } } }] };
}

/** Copies `src` to `dist`. */
export const COPY = `copy('src', 'dist');`;

/** A package whose build copies its sources. @param {Files} files @returns {WorkspaceSpec} */
export function copyingPackage(files) {
  return onePackage(files, COPY);
}

/** `lib`, and `app` which needs it: its result is its own source and all of lib's result. @param {Files} libFiles @param {string} [libScript] @returns {WorkspaceSpec} */
export function libAndApp(libFiles, libScript = COPY) {
  /** @type {PackageSpec} */
  const lib = { name: 'lib', files: libFiles, tasks: { build: { script: libScript } } };
  /** @type {PackageSpec} */
  const app = {
    name: 'app',
    dependencies: ['lib'],
    files: { 'src/app.txt': 'app\n' },
    tasks: { build: { script: `copy('../lib/dist', 'dist/lib');\n${COPY}`, dependsOn: ['^build'] } },
  };
  return { packages: [lib, app] };
}

/** Options for a run in which `lib#build` has one of these reasons, if it runs. @param {Reason[]} reasons @returns {{ because: Record<string, Reason[]> }} */
export function libBecause(...reasons) {
  return { because: { 'lib#build': reasons } };
}
