import type { Package } from '@velocity/workspace';
import { isTable, type Table } from './source-files.js';

/** What well-known builders write, by the package that they are. */
const FRAMEWORKS: readonly (readonly [string, readonly string[]])[] = [
  ['next', ['.next/**', '!.next/cache/**']],
  ['nuxt', ['.nuxt/**', '.output/**']],
  ['@sveltejs/kit', ['.svelte-kit/**', 'build/**']],
  ['react-scripts', ['build/**']],
];

/** Folders that hold what people write; an entry point there says nothing about a build. */
const SOURCES = /^(src|source|sources|bin|scripts|config|test|tests|types|typings|public|assets|index|node_modules)$/;

/** Variables that builders put into what they build, by the package that they are. */
const BUILD_VARIABLES: readonly (readonly [string, string])[] = [
  ['next', 'NEXT_PUBLIC_*'],
  ['vite', 'VITE_*'],
  ['nuxt', 'NUXT_*'],
  ['astro', 'PUBLIC_*'],
  ['gatsby', 'GATSBY_*'],
  ['expo', 'EXPO_PUBLIC_*'],
  ['react-scripts', 'REACT_APP_*'],
  ['@vue/cli-service', 'VUE_APP_*'],
];

/** What the build of a package most likely writes: by its framework, else by its entry points, else `dist`. */
export function outputsOfBuild({ packageJson = {}, externalDependencies }: Package): readonly string[] {
  const framework = FRAMEWORKS.find(([name]) => Object.hasOwn(externalDependencies, name));
  if (framework !== undefined) return framework[1];
  const folders = new Set(entryPoints(packageJson).flatMap((path) => /^(?:\.\/)?([^/*]+)\//.exec(path)?.[1] ?? []));
  const built = [...folders].filter((folder) => !SOURCES.test(folder) && folder !== '..').sort();
  return built.length === 0 ? ['dist/**'] : built.map((folder) => `${folder}/**`);
}

/** Names of the variables that the builders of these packages read, without being told, as turbo infers them. */
export function buildVariables(packages: readonly Package[]): readonly string[] {
  const used = BUILD_VARIABLES.filter(([builder]) =>
    packages.some(({ externalDependencies }) => Object.hasOwn(externalDependencies, builder)),
  );
  return used.map(([, variable]) => variable);
}

function entryPoints(packageJson: Table): readonly string[] {
  const keys = ['main', 'module', 'types', 'typings', 'browser', 'bin', 'exports'];
  return keys.flatMap((key) => leaves(packageJson[key]));
}

function leaves(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(leaves);
  return isTable(value) ? Object.values(value).flatMap(leaves) : [];
}
