/** A package.json as parsed. */
export type PackageDocument = Readonly<Record<string, unknown>>;

export interface ReachOptions {
  /** What the task starts. */
  readonly text: string;
  /** The task's name: the script that is called so counts as its own. */
  readonly task: string;
  /** Every package.json that may take part. */
  readonly documents: readonly PackageDocument[];
}

export interface Reach {
  /** Names of the scripts that the command may start, itself or through others. */
  readonly scripts: ReadonlySet<string>;
  /** The texts of all that may run. */
  readonly texts: readonly string[];
}

/**
 * What of the scripts in some package.json files a command may start: those whose names it mentions, those that match a pattern in it
 * (`build:*`), their `pre` and `post` scripts, and what the texts of all of these mention in turn. Where a name is put together at run
 * time (`npm run $X`), every script may be the one. Says yes where it cannot be sure.
 */
export function reachableScripts({ text, task, documents }: ReachOptions): Reach {
  const names = [...new Set(documents.flatMap((document) => Object.keys(scriptsOf(document))))];
  const scripts = new Set<string>();
  const texts = [text];
  const fields = new Set<string>();
  const add = (name: string): void => {
    if (scripts.has(name)) return;
    scripts.add(name);
    for (const document of documents) {
      const script = scriptsOf(document)[name];
      if (typeof script === 'string') texts.push(script);
    }
    for (const hook of [`pre${name}`, `post${name}`]) if (names.includes(hook)) add(hook);
  };
  add(task);
  for (const current of texts) {
    const isReached = reachOf(current);
    for (const name of names) if (!scripts.has(name) && isReached(name)) add(name);
    // Programs such as wireit and lint-staged have what they start in a field of their own name.
    for (const document of documents) {
      for (const [field, value] of Object.entries(document)) {
        if (field === 'scripts' || fields.has(field) || !mentions(current, field)) continue;
        fields.add(field);
        texts.push(JSON.stringify(value));
      }
    }
  }
  return { scripts, texts };
}

export function scriptsOf(document: PackageDocument): Readonly<Record<string, unknown>> {
  const { scripts } = document;
  return typeof scripts === 'object' && scripts !== null ? (scripts as Record<string, unknown>) : {};
}

const MANAGER = /(?<![\w-])(?:npm|pnpm|yarn|bun)(?![\w-])/;
/** Words that start scripts, or come right before the names of some. */
const RUNNER =
  /(?<![\w-])(?:npm|pnpm|yarn|bun|run|run-script|run-[sp]|npm-run-all2?|concurrently|wireit|lerna|rush|turbo|nx|lage|wsrun)(?![\w-])/;
/** Scripts that package managers start by themselves while they do something else. */
const HOOKS: ReadonlySet<string> = new Set(
  `preinstall install postinstall dependencies prepublish preprepare prepare postprepare prepack postpack
  prepublishOnly publish postpublish preversion version postversion`.split(/\s+/),
);
/** Commands of package managers that start scripts of other names. */
const SHORT_FORMS: readonly (readonly [command: RegExp, scripts: readonly string[]])[] = [
  [/(?<![\w-])(?:t|tst|it|sit|cit|sict|(?:clean-)?install(?:-ci)?-test)(?![\w-])/, ['test']],
  [/(?<![\w-])restart(?![\w-])/, ['stop', 'start']],
];
const WILD = /[*?[\]{}()!+|^$]/;

function reachOf(text: string): (name: string) => boolean {
  if (text.split(/[;&|\n]/).some(isOpen)) return () => true;
  const isManaged = MANAGER.test(text);
  const patterns = WILD.test(text) ? text.split(/[\s"'`;&=]+/).flatMap((word) => patternOf(word) ?? []) : [];
  return (name) =>
    mentions(text, name) ||
    patterns.some((matches) => matches(name)) ||
    (isManaged && (HOOKS.has(name) || isShortForm(text, name)));
}

/** Whether part of a command starts scripts whose names cannot be read in it. */
function isOpen(command: string): boolean {
  if (!RUNNER.test(command)) return false;
  return /[$`]|%\w+%/.test(command) || command.split(/[\s"'`]+/).some((word) => /^[*?]+(?:\/[*?]+)*$/.test(word));
}

/** A word as a pattern for names: what stands before its first and behind its last wildcard is fixed. pnpm takes `/regular expressions/`. */
function patternOf(word: string): ((name: string) => boolean) | undefined {
  const expression = /^\/(.+)\/[a-z]*$/.exec(word)?.[1];
  if (expression !== undefined) return matcherOf(expression);
  const body = word.replace(/^(?:npm|pnpm|yarn|bun|node):/, '');
  const first = body.search(WILD);
  if (first < 0) return undefined;
  const start = body.slice(0, first);
  const end = /[^*?[\]{}()!+|^$]*$/.exec(body)?.[0] ?? '';
  return start === '' && end === '' ? undefined : (name) => name.startsWith(start) && name.endsWith(end);
}

function matcherOf(expression: string): (name: string) => boolean {
  try {
    const compiled = new RegExp(expression, 'i');
    return (name) => compiled.test(name);
  } catch {
    // Not one after all: then nobody knows what it means.
    return () => true;
  }
}

function isShortForm(text: string, name: string): boolean {
  return SHORT_FORMS.some(([command, scripts]) => scripts.includes(name) && command.test(text));
}

/** Whether `name` stands in the text as a word: with neither letters, digits, `_` nor `-` beside it. */
export function mentions(text: string, name: string): boolean {
  if (name === '') return false;
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    if (!isWordCharacter(text[at - 1]) && !isWordCharacter(text[at + name.length])) return true;
  }
  return false;
}

function isWordCharacter(character: string | undefined): boolean {
  return character !== undefined && /[\w-]/.test(character);
}
