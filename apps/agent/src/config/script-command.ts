/** The `scripts` of a package's package.json; empty where it has none. */
export type Scripts = Readonly<Record<string, string>>;

/**
 * A command that does nothing but run a package script: `npm run build`, `npm test`, `pnpm run build`, `yarn build`,
 * `bun run build -- --flag`. `args` are the words behind the script's name.
 */
export interface ScriptCall {
  readonly script: string;
  readonly args: readonly string[];
}

/** Commands of npm's own that run the script of that name; `t` is npm's short form. */
const LIFECYCLE = new Map([
  ['test', 'test'],
  ['t', 'test'],
  ['tst', 'test'],
  ['start', 'start'],
  ['stop', 'stop'],
  ['restart', 'restart'],
]);
const QUIET_FLAGS = new Set(['-s', '--silent', '--if-present']);

/**
 * Recognises a {@link ScriptCall}. Anything with shell syntax, other options or another program is none.
 * `yarn x` and `pnpm x` may also run a program or be a command of their own: they count where `isScript(x)`.
 * `bun test` and `bun build` are bun's own.
 */
export function parseScriptCall(command: string, isScript: (name: string) => boolean): ScriptCall | undefined {
  const words = command.trim().split(/\s+/);
  if (words.some((word) => !/^[\w@%+=:,./-]+$/.test(word))) return undefined;
  const dashes = words.indexOf('--');
  const [manager = '', ...head] = dashes < 0 ? words : words.slice(0, dashes);
  const behind = dashes < 0 ? [] : words.slice(dashes + 1);
  if (!/^(npm|pnpm|yarn|bun)$/.test(manager)) return undefined;

  // npm keeps all options for itself; the others hand on what stands behind the script's name.
  const shown = manager === 'npm' ? head.filter((word) => !QUIET_FLAGS.has(word)) : withoutLeadingQuiet(head);
  const isRun = shown[0] === 'run' || shown[0] === 'run-script';
  const [name, ...more] = isRun ? withoutLeadingQuiet(shown.slice(1)) : shown;
  if (name === undefined || name.startsWith('-')) return undefined;
  if (manager === 'npm' && more.some((word) => word.startsWith('-'))) return undefined;
  const args = [...more, ...behind];
  if (isRun) return { script: name, args };
  const lifecycle = manager === 'bun' ? undefined : LIFECYCLE.get(name);
  if (lifecycle !== undefined) return { script: lifecycle, args };
  return (manager === 'yarn' || manager === 'pnpm') && isScript(name) ? { script: name, args } : undefined;
}

function withoutLeadingQuiet(words: readonly string[]): readonly string[] {
  const first = words.findIndex((word) => !QUIET_FLAGS.has(word));
  return first < 0 ? [] : words.slice(first);
}

/**
 * The text that a package manager would give to the shell for a script: with `pre` and `post` scripts around it, and the
 * arguments at the end of the script itself. `undefined` where the package has no such script.
 */
export function scriptText(scripts: Scripts, name: string, args: readonly string[] = []): string | undefined {
  const main = scriptOf(scripts, name);
  if (main === undefined) return undefined;
  const parts = [scriptOf(scripts, `pre${name}`), [main, ...args].join(' '), scriptOf(scripts, `post${name}`)];
  const present = parts.filter((part) => part !== undefined);
  return present.length === 1 ? present[0] : present.map(grouped).join(' && ');
}

function scriptOf(scripts: Scripts, name: string): string | undefined {
  const text = Object.hasOwn(scripts, name) ? scripts[name]?.trim() : undefined;
  return text === '' ? undefined : text;
}

/** In parentheses where `&&` between the parts would bind otherwise: after `a || b`, `a; b`, `a &`, or a pipe. */
function grouped(text: string): string {
  return /[;|#\n]|(?<!&)&(?!&)/.test(text) ? `(${text})` : text;
}
