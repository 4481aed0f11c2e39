// @ts-check
/** @import { Wordings } from '../lib/types.d.ts' */
/** What runners that tell why a task runs say, kind by kind: the only place that knows their words. */

/** @type {Wordings} */
export const velocityWordings = {
  'never-built': () => /never built|not built (?:here )?(?:yet|before)/i,
  evicted: () => /evicted/i,
  corrupt: () => /corrupt|damaged|not usable|unreadable|quarantined/i,
  added: (path) => named(path, 'added|new'),
  removed: (path) => named(path, 'removed|deleted|gone'),
  changed: (path) => named(path, 'changed|modified|edited'),
  mode: (path) => named(path, '(?:changed its )?mode|executable|chmod'),
  env: (name) => new RegExp(`(?:env|dotenv|variable).*${exactly(name)}`, 'i'),
  command: () => /command (?:has )?(?:changed|differs)/i,
  arguments: () => /(?:arguments|args) (?:have )?(?:changed|differ)/i,
  dependency: (task) => new RegExp(`dependency.*${exactly(task)}`, 'i'),
  package: (name, before, after) =>
    new RegExp(`package.*${exactly(name)}.*${exactly(before)}.*(?:→|->|to).*${exactly(after)}`, 'i'),
  global: (path) => new RegExp(`global.*${exactly(path)}`, 'i'),
  configuration: () => /(?:configuration|config|outputs) (?:has )?changed/i,
  'unstored-dependency': (task) => new RegExp(`${exactly(task)}.*(?:not stored|tainted)`, 'i'),
};

/** It tells what it noticed of the files and variables that a task read. @type {Wordings} */
export const vitePlusWordings = {
  added: (path) => inFolder(path, 'added in'),
  removed: (path) => inFolder(path, 'removed from'),
  changed: (path) => new RegExp(`'[^']*${exactly(path)}' modified`),
  env: (name) => new RegExp(`env '${exactly(name)}' changed`),
};

/** @type {Wordings} */
export const referenceWordings = {
  'never-built': () => /^never built$/,
  evicted: () => /^evicted$/,
  corrupt: () => /^corrupt$/,
  added: (path) => new RegExp(`^file ${exactly(path)} added$`),
  removed: (path) => new RegExp(`^file ${exactly(path)} removed$`),
  changed: (path) => new RegExp(`^file ${exactly(path)} changed$`),
  mode: (path) => new RegExp(`^file ${exactly(path)} mode$`),
  env: (name) => new RegExp(`^variable ${exactly(name)}$`),
  command: () => /^command$/,
  arguments: () => /^arguments$/,
  dependency: (task) => new RegExp(`^dependency ${exactly(task)}$`),
  package: (name, before, after) => new RegExp(`^package ${exactly(name)} ${exactly(before)} -> ${exactly(after)}$`),
  global: (path) => new RegExp(`^global ${exactly(path)} `),
  configuration: () => /^outputs$/,
  'unstored-dependency': (task) => new RegExp(`^${exactly(task)} is not stored$`),
};

/** @param {string | undefined} path @param {string} words */
function named(path, words) {
  // Paths come before the word or after it; a global file is of another kind.
  return new RegExp(`^(?!.*global).*(?:${exactly(path)}.*\\b(?:${words})|(?:${words})\\b.*${exactly(path)})`, 'i');
}

/** @param {string | undefined} path @param {string} words */
function inFolder(path, words) {
  const [, folder, name] = /^(?:(.*)\/)?([^/]*)$/.exec(path ?? '') ?? [];
  return path === undefined
    ? new RegExp(`'.*' ${words} '.*'`)
    : new RegExp(`'${exactly(name)}' ${words} '[^']*${exactly(folder)}'`);
}

/** @param {string | undefined} text any, where it is undefined */
function exactly(text) {
  return text === undefined ? '.+' : text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
