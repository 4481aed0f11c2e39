import type { Draft, GlobalDraft, RemoteDraft, TaskSettings } from './draft.js';

const MAX_WIDTH = 100;

/** A draft as the text of a velocity.yml: comments for those who read it first, nothing that is a default. */
export function renderConfig(draft: Draft): string {
  const { packages, remote, cacheDir, global, tasks, overrides } = draft;
  const sections = [
    `# Tasks of this workspace, and what decides their results. All keys: velocity schema.\nversion: 1`,
    packages &&
      `# All folders of packages: the manifests do not declare every one.\n${entry('packages', packages, '')}`,
    renderRemote(remote),
    cacheDir && `cache:\n${entry('dir', cacheDir, '  ')}`,
    renderGlobal(global),
    renderTasks('pipeline', tasks, pipelineComment(draft)),
    overrides.size > 0 && renderTasks('overrides', overrides, '# Where one package differs.'),
  ];
  return `${sections.filter((section) => typeof section === 'string').join('\n\n')}\n`;
}

function pipelineComment({ hasGuesses }: Draft): string {
  return [
    "# A task without a command runs the package's own script of that name; ^ means the packages it depends on.",
    ...(hasGuesses === true
      ? ['# Outputs are guessed from package.json: check that they name all that a build writes.']
      : []),
  ].join('\n');
}

function renderRemote(remote: RemoteDraft | undefined): string {
  const head = '# Shares results between machines, through a gateway (velocity-server).';
  const token = 'token: "${VC_AUTH_TOKEN}"';
  if (remote === undefined) {
    return [head, '# remote:', '#   enabled: true', '#   url: "http://localhost:8080"', `#   ${token}`].join('\n');
  }
  const settings = Object.entries(remote).map(([key, value]) => entry(key, value as string | number | boolean, '  '));
  return [head, 'remote:', '  enabled: true', ...settings, `  ${token}`].join('\n');
}

function renderGlobal(global: GlobalDraft): string | undefined {
  const settings = entriesOf(global, '  ');
  return settings.length === 0 ? undefined : ['# What every task depends on.', 'global:', ...settings].join('\n');
}

function renderTasks(section: string, tasks: ReadonlyMap<string, TaskSettings>, comment: string): string {
  if (tasks.size === 0) return `${section}: {}`;
  const blocks = [...tasks].map(([name, settings]) =>
    [`  ${scalar(name)}:`, ...entriesOf(settings, '    ')].join('\n'),
  );
  return `${comment}\n${section}:\n${blocks.join('\n')}`;
}

type Value = string | number | boolean | readonly string[];

const ORDER = [
  'command',
  'depends_on',
  'inputs',
  'outputs',
  'env',
  'pass_env',
  'dotenv',
  'cache',
  'persistent',
  'description',
];

function entriesOf(settings: TaskSettings | GlobalDraft, indent: string): string[] {
  const entries = Object.entries(settings) as [string, Value | undefined][];
  const sorted = entries.toSorted(([a], [b]) => ORDER.indexOf(a) - ORDER.indexOf(b));
  return sorted.flatMap(([key, value]) => (value === undefined ? [] : [entry(key, value, indent)]));
}

function entry(key: string, value: Value, indent: string): string {
  if (typeof value !== 'object') return `${indent}${key}: ${typeof value === 'string' ? quoted(value) : value}`;
  const inline = `${indent}${key}: [${value.map(quoted).join(', ')}]`;
  if (inline.length <= MAX_WIDTH) return inline;
  return [`${indent}${key}:`, ...value.map((item) => `${indent}  - ${quoted(item)}`)].join('\n');
}

/** A key is bare where YAML reads it as the same text. */
function scalar(text: string): string {
  const isBare = /^[A-Za-z][\w./-]*(:[\w./-]+)*$/.test(text) && !/^(true|false|null|y|n|yes|no|on|off)$/i.test(text);
  return isBare ? text : quoted(text);
}

/** JSON's strings are YAML's, but for a few characters that YAML wants escaped. */
function quoted(text: string): string {
  return JSON.stringify(text.toWellFormed()).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
