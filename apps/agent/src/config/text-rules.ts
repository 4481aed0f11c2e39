/** What is wrong with a text, and what to write instead. */
export interface Complaint {
  readonly message: string;
  readonly hint?: string;
}

/** A check of one text; `undefined` means it is fine. */
export type TextRule = (text: string) => Complaint | undefined;

export const INHERIT = '$INHERIT';
export const DEFAULT_INPUTS = '$DEFAULT';
/** Keys of plain objects that schema libraries skip without a word: no task can be called so. */
export const RESERVED_NAMES: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
const ROOT_PREFIX = '$ROOT/';

/** A path or glob below the package, or below the workspace with `$ROOT/`; `!` in front takes away. */
export const globRule: TextRule = (text) => {
  if (text === INHERIT) return undefined;
  const quoted = JSON.stringify(text);
  const pattern = text.replace(/^!/, '');
  if (pattern.trim() === '') return { message: 'a pattern is empty' };
  if (/\$TURBO_[A-Z]+\$/.test(pattern)) {
    return { message: `${quoted} is turbo's notation`, hint: 'write $ROOT/, $DEFAULT or $INHERIT' };
  }
  if (pattern.includes('\\')) return { message: `${quoted} holds a backslash`, hint: 'separate folders with /' };
  if (/^(\/|~|[A-Za-z]:\/)/.test(pattern)) {
    return { message: `${quoted} is absolute`, hint: 'paths are relative to the package, or start with $ROOT/' };
  }
  const below = pattern.startsWith(ROOT_PREFIX) ? pattern.slice(ROOT_PREFIX.length) : pattern;
  if (!below.split('/').includes('..')) return undefined;
  return below === pattern
    ? { message: `${quoted} leaves the package`, hint: 'name it from the workspace root: $ROOT/…' }
    : { message: `${quoted} leaves the workspace` };
};

/** The path of one file, as a {@link globRule} has it, but without wildcards. */
export const jsonFileRule: TextRule = (text) => {
  const quoted = JSON.stringify(text);
  if (text === INHERIT || text === DEFAULT_INPUTS) return { message: `${quoted} is not a file` };
  if (/^!|[*?{}]/.test(text)) {
    return { message: `${quoted} is not the path of one file`, hint: 'write an entry for each file' };
  }
  return globRule(text);
};

/** A dotted path into a JSON document. */
export const fieldRule: TextRule = (text) => {
  if (text !== '' && !/^\.|\.$|\.\./.test(text)) return undefined;
  return { message: `${JSON.stringify(text)} is not the path of a field`, hint: 'write it as compilerOptions.paths' };
};

/** As {@link globRule}; and it may not own a whole package or workspace, for what a task owns is removed before it runs. */
export const outputRule: TextRule = (text) => {
  if (text === DEFAULT_INPUTS) return { message: '"$DEFAULT" stands for inputs, not outputs' };
  const complaint = globRule(text);
  if (complaint !== undefined || text.startsWith('!') || text === INHERIT) return complaint;
  const below = text.replace(/^\$ROOT\/?/, '');
  if (!/^[*./]*$/.test(below)) return undefined;
  const message = `${JSON.stringify(text)} takes in the sources too`;
  return { message, hint: 'name the folders and files that the task writes' };
};

const DEPENDENCY_FORMS = 'the forms are task, ^task, package#task and //#task';

/** `task`, `^task`, `package#task` or `//#task`. */
export const dependencyRule: TextRule = (text) => {
  if (text === INHERIT) return undefined;
  const name = text.startsWith('^') ? text.slice(1) : text;
  const complaint = text.startsWith('^') && name.includes('#') ? {} : entryNameRule(name);
  if (complaint === undefined) return undefined;
  return { message: `${JSON.stringify(text)} is not a dependency`, hint: DEPENDENCY_FORMS };
};

/** The name of a task without its package. */
export const taskNameRule: TextRule = (text) => {
  if (text !== '' && text.trim() === text && !RESERVED_NAMES.has(text) && !/^[\^$!]|[#\p{Cc}]/u.test(text))
    return undefined;
  return { message: `${JSON.stringify(text)} cannot be the name of a task` };
};

/** `package#task` or `//#task`. */
export const taskIdRule: TextRule = (text) => {
  const hash = text.lastIndexOf('#');
  const packageName = text.slice(0, hash);
  const wellFormed = hash > 0 && !/[\s#\p{Cc}]/u.test(packageName) && taskNameRule(text.slice(hash + 1)) === undefined;
  if (wellFormed) return undefined;
  return { message: `${JSON.stringify(text)} is not of the form package#task` };
};

/** A key of the root's pipeline: a task's name, `package#task` or `//#task`. */
export const entryNameRule: TextRule = (text) => (text.includes('#') ? taskIdRule(text) : taskNameRule(text));

/** A key of a package file's pipeline: the package is the file's own. */
export const ownTaskRule: TextRule = (text) => {
  if (!text.includes('#')) return taskNameRule(text);
  const hint = 'write the task alone, or move the entry to the root file';
  return { message: `${JSON.stringify(text)} names a package, but this file speaks of one only`, hint };
};

/** The name of an environment variable, with `*` as a wildcard and `!` in front to take away. */
export const envRule: TextRule = (text) => {
  if (text === INHERIT) return undefined;
  if (text.includes('=')) {
    return {
      message: `${JSON.stringify(text)} gives a value`,
      hint: 'list names only; values come from the environment',
    };
  }
  if (text.startsWith('$')) return { message: `${JSON.stringify(text)} is not a name`, hint: 'write it without $' };
  return /^!?[^\s!]+$/.test(text) ? undefined : { message: `${JSON.stringify(text)} is not the name of a variable` };
};

/** An address of a gateway. The text may hold a password and is not repeated. */
export const gatewayUrlRule: TextRule = (text) => {
  const hint = 'write it as https://cache.example.com';
  if (!URL.canParse(text)) return { message: 'this is not an address', hint };
  return /^https?:$/.test(new URL(text).protocol) ? undefined : { message: 'this is not an http address', hint };
};

export const cacheDirRule: TextRule = (text) => {
  if (text === '') return { message: 'the folder has no name', hint: 'leave it out, or write auto' };
  if (!text.startsWith('~')) return undefined;
  return { message: '~ is not expanded', hint: 'write an absolute path, or one relative to this file' };
};

export const filledRule: TextRule = (text) => (text.trim() === '' ? { message: 'this is empty' } : undefined);
