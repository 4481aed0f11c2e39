import type { Cli } from 'clipanion';
import type { CommandContext } from '../cli.js';

type Definition = ReturnType<Cli<CommandContext>['definitions']>[number];

/** The order in which a newcomer needs them. */
const CATEGORIES = ['Tasks', 'Setup', 'Look', 'Local store', 'Remote'];
const PROGRAM = 'velocity';

/** Every command in one line, and where to read on. */
export function overviewPage(cli: Cli<CommandContext>, version: string): string {
  const commands = documented(cli);
  const sections = CATEGORIES.flatMap((category) => [
    '',
    category,
    ...table(
      commands
        .filter((command) => command.category?.trim() === category)
        .map(({ path, description }) => [path, description ?? '']),
    ),
  ]);
  return lines([
    `velocity ${version} runs the tasks of a monorepo, and restores instead what was built before`,
    ...sections,
    '',
    '`velocity build` is short for `velocity run build`. `velocity <command> --help` shows flags and examples.',
  ]);
}

/** Everything about one command; undefined when there is none of that name. */
export function commandPage(cli: Cli<CommandContext>, words: readonly string[]): string | undefined {
  const command = documented(cli)
    .filter(({ path }) => `${[PROGRAM, ...words].join(' ')} `.startsWith(`${path} `))
    .sort((a, b) => b.path.length - a.path.length)[0];
  if (command === undefined) return undefined;
  const options = command.options.map(({ definition, description }): [string, string] => [
    optionText(definition),
    description ?? '',
  ]);
  return lines([
    `${command.usage} [flags]`,
    '',
    `  ${sentence(command.description ?? '')}`,
    ...(command.details === undefined
      ? []
      : [
          '',
          ...command.details
            .trim()
            .split('\n')
            .map((line) => `  ${line}`.trimEnd()),
        ]),
    '',
    'Flags',
    ...table(options),
    ...(command.examples === undefined
      ? []
      : ['', 'Examples', ...command.examples.flatMap(([title, example]) => [`  # ${title.trim()}`, `  ${example}`])]),
  ]);
}

function documented(cli: Cli<CommandContext>): Definition[] {
  return cli.definitions({ colored: false }).filter(({ category }) => category !== undefined);
}

/** clipanion shows a value as `#0`. */
function optionText(definition: string): string {
  return definition.replaceAll(',', ', ').replace(/ #0$/, ' <value>');
}

function table(rows: readonly (readonly [string, string])[]): string[] {
  const width = rows.reduce((longest, [name]) => Math.max(longest, name.length), 0);
  return rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text.trim()}`);
}

function sentence(text: string): string {
  const trimmed = text.trim();
  return `${trimmed.charAt(0).toUpperCase()}${trimmed.slice(1)}.`;
}

function lines(all: readonly string[]): string {
  return `${all.join('\n')}\n`;
}
