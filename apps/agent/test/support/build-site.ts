import { existsSync, readdirSync, rmSync } from 'node:fs';
import { readTree, type Tree } from '@velocity/testing';
import { config, createRig, packageFiles, recorded, type Rig, type RigOptions } from '../rig.js';
import { TEMPLATE_COUNT, type SiteTemplates } from './site-templates.js';

/** `app` needs the others, and its output tells which of them it has seen. */
export const SITE_PACKAGES = ['many', 'mixed', 'large', 'app'] as const;
export type SitePackage = (typeof SITE_PACKAGES)[number];
export type Versions = Readonly<Record<SitePackage, number>>;

/** A workspace of which is known how it must look for every version of its sources. */
export interface BuildSite extends Disposable {
  readonly rig: Rig;
  readonly versions: Versions;
  /** Rewrites the sources that differ. */
  switchTo(versions: Versions): void;
  removeOutputs(name: SitePackage): void;
  /** What is not as it must be when everything is built; `.velocity` does not count. */
  differences(): string[];
  /** The same of some packages' outputs only. */
  outputDifferences(names: readonly SitePackage[]): string[];
}

export const FIRST_VERSIONS: Versions = { many: 0, mixed: 0, large: 0, app: 0 };

const OUTPUT_FOLDERS = { many: 'dist', mixed: 'gen', large: 'dist', app: 'dist' } as const;
/** Beside outputs, and none. */
const KEPT = { 'packages/mixed/gen/keep.txt': 'kept\n', 'packages/mixed/gen/notes/mine.txt': 'mine\n' };

export function createSite(templates: SiteTemplates, options: RigOptions = {}): BuildSite {
  const rig = createRig(sourceTree(), { ...options, env: { TEMPLATES: templates.path, ...options.env } });
  const sources = readTree(rig.root);
  let versions = FIRST_VERSIONS;
  const expected = (): Record<string, string> => ({
    ...sources,
    ...Object.fromEntries(SITE_PACKAGES.map((name) => [sourceOf(name), `file ${versions[name]}\n`])),
    ...outputTree(templates, versions),
  });
  const found = (): Record<string, string> =>
    Object.fromEntries(Object.entries(readTree(rig.root)).filter(([path]) => !path.startsWith('.velocity')));
  return {
    rig,
    get versions() {
      return versions;
    },
    switchTo: (next) => {
      for (const name of SITE_PACKAGES) {
        if (versions[name] !== next[name]) rig.write({ [sourceOf(name)]: `${next[name]}\n` });
      }
      versions = next;
    },
    removeOutputs: (name) => {
      const folder = `packages/${name}/${OUTPUT_FOLDERS[name]}`;
      const isKept = (entry: string): boolean =>
        Object.keys(KEPT).some((path) => path.startsWith(`${folder}/${entry}`));
      for (const entry of existsSync(rig.path(folder)) ? readdirSync(rig.path(folder)) : []) {
        if (!isKept(entry)) rmSync(rig.path(folder, entry), { recursive: true });
      }
    },
    differences: () => compareTrees(found(), expected()),
    outputDifferences: (names) => {
      const folders = names.map((name) => `packages/${name}/${OUTPUT_FOLDERS[name]}/`);
      const isOne = (path: string): boolean => folders.some((folder) => path.startsWith(folder));
      return compareTrees(found(), expected()).filter((line) => isOne(line.slice(line.indexOf(' ') + 1)));
    },
    [Symbol.dispose]: () => rig[Symbol.dispose](),
  };
}

/** One line for each path that differs: `missing`, `stray` or `wrong`, and the path. */
export function compareTrees(
  found: Readonly<Record<string, string>>,
  expected: Readonly<Record<string, string>>,
): string[] {
  const paths = [...new Set([...Object.keys(found), ...Object.keys(expected)])].sort();
  return paths.flatMap((path) => {
    if (found[path] === expected[path]) return [];
    if (found[path] === undefined) return [`missing ${path}`];
    return [`${expected[path] === undefined ? 'stray' : 'wrong'} ${path}`];
  });
}

function sourceOf(name: SitePackage): string {
  return `packages/${name}/src/version.txt`;
}

function sourceTree(): Tree {
  const copy = (name: SitePackage, folder: string): string =>
    `version=$(cat src/version.txt) && mkdir -p ${folder} && cp -RP "$TEMPLATES/${name}/$((version % ${TEMPLATE_COUNT}))/." ${folder}`;
  const task = (command: string, outputs: readonly string[]): object => ({ command: recorded(command), outputs });
  return {
    'package.json': JSON.stringify({ name: 'site', private: true, workspaces: ['packages/*'] }),
    'velocity.yml': config({
      global: { pass_env: ['RECORD', 'TEMPLATES'] },
      pipeline: { build: { depends_on: ['^build'] } },
      overrides: {
        'many#build': task(`${copy('many', 'dist')} && cp src/version.txt dist/stamp && echo made many`, ['dist']),
        'mixed#build': task(`${copy('mixed', 'gen')} && cp src/version.txt gen/stamp.out`, ['gen/*.out', 'gen/deep']),
        'large#build': task(
          `${copy('large', 'dist')} && cat src/version.txt >> dist/noise && cp src/version.txt dist/stamp`,
          ['dist'],
        ),
        'app#build': task(
          'mkdir -p dist && cat ../many/dist/stamp ../mixed/gen/stamp.out ../large/dist/stamp src/version.txt > dist/seen',
          ['dist'],
        ),
      },
    }),
    ...packageFiles(
      'app',
      SITE_PACKAGES.filter((name) => name !== 'app'),
    ),
    ...packageFiles('many'),
    ...packageFiles('mixed'),
    ...packageFiles('large'),
    ...Object.fromEntries(SITE_PACKAGES.map((name) => [sourceOf(name), '0\n'])),
    ...KEPT,
  };
}

function outputTree(templates: SiteTemplates, versions: Versions): Record<string, string> {
  const tree: Record<string, string> = {};
  for (const name of ['many', 'mixed', 'large'] as const) {
    for (const [path, node] of Object.entries(templates.tree(name, versions[name]))) {
      tree[`packages/${name}/${OUTPUT_FOLDERS[name]}/${path}`] = node;
    }
  }
  const { many, mixed, large, app } = versions;
  tree['packages/many/dist/stamp'] = `file ${many}\n`;
  tree['packages/mixed/gen/stamp.out'] = `file ${mixed}\n`;
  tree['packages/large/dist/noise'] += `${large}\n`;
  tree['packages/large/dist/stamp'] = `file ${large}\n`;
  tree['packages/app/dist/seen'] = `file ${many}\n${mixed}\n${large}\n${app}\n`;
  return tree;
}
