import { asDocument, asString, stringsOf, tableAt, type Document } from '../documents/shape.js';
import { resolveDirectory, type Directory } from '../documents/workspace-path.js';
import type { DeclaredDependency, ManifestContent, MemberDeclaration } from './parsed-manifest.js';

/** pyproject.toml as the standard, uv and Poetry have it. */
export function parsePythonManifest(document: Document, directory: Directory): ManifestContent {
  const project = tableAt(document, 'project');
  const poetry = tableAt(document, 'tool', 'poetry');
  const sources = tableAt(document, 'tool', 'uv', 'sources');
  const declared = new Map<string, DeclaredDependency>();
  for (const requirement of requirementsOf(document)) {
    const [, name, range] = /^\s*([A-Za-z0-9][\w.-]*)\s*(.*?)\s*(?:;.*)?$/s.exec(requirement) ?? [];
    if (name === undefined) continue;
    const key = pythonName(name);
    const source = Object.entries(sources).find(([other]) => pythonName(other) === key)?.[1];
    if (!declared.has(key)) declared.set(key, { name: key, range: range ?? '', ...targetOf(key, source, directory) });
  }
  for (const [name, value] of poetryDependencies(poetry)) {
    const key = pythonName(name);
    if (key === 'python' || declared.has(key)) continue;
    declared.set(key, { name: key, range: poetryRange(value), ...targetOf(key, value, directory) });
  }
  return {
    name: asString(project['name']) ?? asString(poetry['name']),
    declared: [...declared.values()],
    languages: ['python'],
  };
}

/** `[tool.uv.workspace] members` without `exclude`; undefined for a project that is not the root of a workspace. */
export function uvMembers(document: Document, directory: Directory, file: string): MemberDeclaration | undefined {
  const workspace = asDocument(tableAt(document, 'tool', 'uv')['workspace']);
  if (workspace === undefined) return undefined;
  const exclude = stringsOf(workspace['exclude']).map((glob) => `!${glob}`);
  const globs = [...stringsOf(workspace['members']), ...exclude];
  return { file, directory, globs, manifests: ['pyproject.toml'], isStrict: true };
}

/** The one spelling of a name: PEP 503. */
export function pythonName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}

function requirementsOf(document: Document): string[] {
  const project = tableAt(document, 'project');
  return [
    ...stringsOf(project['dependencies']),
    ...Object.values(tableAt(project, 'optional-dependencies')).flatMap(stringsOf),
    ...Object.values(tableAt(document, 'dependency-groups')).flatMap(stringsOf),
    ...stringsOf(tableAt(document, 'tool', 'uv')['dev-dependencies']),
  ];
}

function poetryDependencies(poetry: Document): [string, unknown][] {
  const groups = Object.values(tableAt(poetry, 'group')).map((group) => tableAt(asDocument(group), 'dependencies'));
  const tables = [tableAt(poetry, 'dependencies'), tableAt(poetry, 'dev-dependencies'), ...groups];
  return tables.flatMap((table) => Object.entries(table));
}

function poetryRange(value: unknown): string {
  if (typeof value === 'string') return value;
  const table = asDocument(value);
  return asString(table?.['version']) ?? asString(table?.['path']) ?? asString(table?.['git']) ?? '*';
}

/** uv's sources and Poetry's tables say in the same words where a package comes from. */
function targetOf(
  name: string,
  source: unknown,
  directory: Directory,
): Pick<DeclaredDependency, 'target' | 'isRequired'> {
  const table = asDocument(Array.isArray(source) ? source[0] : source);
  const path = asString(table?.['path']);
  if (path !== undefined) {
    return { target: { by: 'directory', directory: resolveDirectory(directory, path) }, isRequired: false };
  }
  if (table?.['git'] !== undefined || table?.['url'] !== undefined || table?.['index'] !== undefined) {
    return { target: { by: 'nothing' }, isRequired: false };
  }
  return { target: { by: 'name', name }, isRequired: table?.['workspace'] === true };
}
