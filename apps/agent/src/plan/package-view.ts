import { mentions, scriptsOf, type PackageDocument, type Reach } from './reachable-scripts.js';

/**
 * Fields that only describe a package or tell who made it. Not `name`, `homepage` (a base path for some bundlers), `files`,
 * `publishConfig`, `private` or `engines`: programs build by these.
 */
const DESCRIPTIVE: ReadonlySet<string> = new Set(
  `version description keywords license licenses readme readmeFilename gitHead author contributors maintainers
  repository bugs funding`.split(/\s+/),
);

/** Commands and programs that may use every field of package.json, or its very text: they pack, publish, copy or format it. */
const READS_ALL: readonly string[] =
  `pack publish version docker podman tar zip rsync electron-builder vsce prettier biome dprint oxfmt sort-package-json
  syncpack publint attw manypkg`.split(/\s+/);
/** package.json by name or by a pattern, npm's variables for its fields, or a whole folder read or copied. */
const NAMES_IT =
  /package[^\s"']*\.json|\*\.json|npm_package_|(?<![\w-])(?:cp|cat|find|mv|grep|\w+sum)\s(?:[^;&|\n]*\s)?(?:\.{1,2}\/?|(?:\.\/)?\*)(?=\s|$)/;

/**
 * What of a package.json decides the result of a task: everything but the fields that describe, and of the scripts those that the task
 * can reach; undefined where all of it may. The order of keys is kept: conditions of `exports` depend on it.
 */
export function viewOfPackage(document: PackageDocument, reach: Reach): PackageDocument | undefined {
  if (reach.texts.some(readsAll)) return undefined;
  const scripts = Object.entries(scriptsOf(document)).filter(([name]) => reach.scripts.has(name));
  return withoutDescription(document, Object.fromEntries(scripts));
}

/** The same for all tasks at once, which between them may reach every script. */
export function viewForAllTasks(document: PackageDocument): PackageDocument {
  return withoutDescription(document, scriptsOf(document));
}

function readsAll(text: string): boolean {
  return NAMES_IT.test(text) || READS_ALL.some((word) => mentions(text, word));
}

function withoutDescription(document: PackageDocument, scripts: Readonly<Record<string, unknown>>): PackageDocument {
  // Scripts are found by name: which of them is the first says nothing.
  const { scripts: _, ...fields } = document;
  const entries = Object.entries(fields).filter(([key]) => !DESCRIPTIVE.has(key));
  const sorted = Object.entries(scripts).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries([...entries, ['scripts', Object.fromEntries(sorted)]]);
}
