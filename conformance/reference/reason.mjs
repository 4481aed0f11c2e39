// @ts-check
/** @import { Description } from './key.mjs' */

/** Why a task runs: what differs first from when it was last built. @param {Description | undefined} before @param {Description} now @returns {string} */
export function reasonOf(before, now) {
  if (before === undefined) return 'never built';
  const kinds = /** @type {const} */ (['command', 'arguments', 'outputs']);
  return (
    changedFile(before.files, now.files) ??
    kinds.find((kind) => JSON.stringify(before[kind]) !== JSON.stringify(now[kind])) ??
    changedEntry('variable', before.variables, now.variables) ??
    changedPackage(before.packages, now.packages) ??
    changedEntry('global', before.globals, now.globals, ' changed') ??
    changedEntry('dependency', before.dependencies, now.dependencies) ??
    'evicted'
  );
}

/** @param {string[][]} before @param {string[][]} now */
function changedFile(before, now) {
  const old = new Map(before.map(([path = '', ...rest]) => [path, rest]));
  for (const [path = '', digest, mode] of now) {
    const [oldDigest, oldMode] = old.get(path) ?? [];
    if (!old.delete(path)) return `file ${shown(path)} added`;
    if (digest !== oldDigest) return `file ${shown(path)} changed`;
    if (mode !== oldMode) return `file ${shown(path)} mode`;
  }
  const [removed] = old.keys();
  return removed === undefined ? undefined : `file ${shown(removed)} removed`;
}

/** @param {string} kind @param {readonly (readonly unknown[])[]} before @param {readonly (readonly unknown[])[]} now @param {string} [end] */
function changedEntry(kind, before, now, end = '') {
  const old = new Map(before.map(([name, value]) => [name, value]));
  const changed = now.find(([name, value]) => old.get(name) !== value);
  return changed === undefined ? undefined : `${kind} ${String(changed[0])}${end}`;
}

/** @param {Readonly<Record<string, string>>} before @param {Readonly<Record<string, string>>} now */
function changedPackage(before, now) {
  const name = Object.keys(now).find((candidate) => before[candidate] !== now[candidate]);
  return name === undefined ? undefined : `package ${name} ${before[name] ?? 'none'} -> ${now[name]}`;
}

/** On one line. @param {string} path */
function shown(path) {
  return path.replaceAll('\n', '\\n');
}
