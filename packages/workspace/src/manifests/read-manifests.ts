import type { ManifestReader } from '../documents/manifest-reader.js';
import { joinPath, type Directory, parentOf } from '../documents/workspace-path.js';
import type { ManifestKind } from '../package.js';
import { asDocument, type Document } from '../documents/shape.js';
import { cargoMembers, parseCargoManifest, type CargoWorkspace } from './cargo-manifest.js';
import { parseGoManifest } from './go-manifest.js';
import { parseNpmManifest } from './npm-manifest.js';
import { parsedManifest, type ManifestContent, type ParsedManifest } from './parsed-manifest.js';
import { parsePythonManifest, uvMembers } from './python-manifest.js';
import { parsePolykitManifest, parseVelocityManifest } from './velocity-manifest.js';

/** Files that describe a package, in the order in which they may name it. */
export const MANIFEST_FILES = {
  'velocity.yml': 'velocity',
  'velocity.yaml': 'velocity',
  'polykit.toml': 'velocity',
  'package.json': 'npm',
  'Cargo.toml': 'cargo',
  'pyproject.toml': 'python',
  'go.mod': 'go',
} as const satisfies Record<string, ManifestKind>;

type ManifestFile = keyof typeof MANIFEST_FILES;

const FILE_NAMES = Object.keys(MANIFEST_FILES) as ManifestFile[];

/** The manifests that stand in a folder, given the names of what is in it. A broken one is reported, and kept with what could be made out of it. */
export function readManifests(
  reader: ManifestReader,
  directory: Directory,
  names: readonly string[],
): readonly ParsedManifest[] {
  const present = new Set(names);
  const hasBoth = present.has('velocity.yml') && present.has('velocity.yaml');
  return FILE_NAMES.filter((file) => present.has(file) && !(hasBoth && file === 'velocity.yaml')).flatMap((file) => {
    const manifest = readManifest(reader, directory, file);
    return manifest === undefined ? [] : [manifest];
  });
}

function readManifest(reader: ManifestReader, directory: Directory, file: ManifestFile): ParsedManifest | undefined {
  const path = joinPath(directory, file);
  const kind = MANIFEST_FILES[file];
  if (file === 'go.mod') {
    const text = reader.text(path);
    return text === undefined ? undefined : parsedManifest(kind, path, parseGoManifest(text, directory));
  }
  const document = reader.document(path);
  return parsedManifest(
    kind,
    path,
    document === undefined ? salvage(reader, path, kind) : parse(reader, directory, file, document),
  );
}

function parse(
  reader: ManifestReader,
  directory: Directory,
  file: Exclude<ManifestFile, 'go.mod'>,
  document: Document,
): ManifestContent {
  const path = joinPath(directory, file);
  switch (file) {
    case 'velocity.yml':
    case 'velocity.yaml':
      return parseVelocityManifest(document);
    case 'polykit.toml':
      return parsePolykitManifest(document);
    case 'package.json':
      return parseNpmManifest(document, directory);
    case 'Cargo.toml': {
      const members = cargoMembers(document, directory, path);
      const content = parseCargoManifest(document, directory, cargoWorkspaceOf(reader, directory));
      return { ...content, members: members === undefined ? [] : [members] };
    }
    case 'pyproject.toml': {
      const members = uvMembers(document, directory, path);
      return { ...parsePythonManifest(document, directory), members: members === undefined ? [] : [members] };
    }
    default:
      return file satisfies never;
  }
}

/** The nearest Cargo.toml with `[workspace]`, from the crate's own folder up to the root. */
function cargoWorkspaceOf(reader: ManifestReader, directory: Directory): CargoWorkspace | undefined {
  for (let at: Directory = directory; ; at = parentOf(at)) {
    const document = reader.document(joinPath(at, 'Cargo.toml'));
    if (asDocument(document?.['workspace']) !== undefined) return { directory: at, document: document as Document };
    if (at === '') return undefined;
  }
}

/** The name in a file that does not parse, so that whoever depends on it is not blamed too. */
function salvage(reader: ManifestReader, path: string, kind: ManifestKind): ManifestContent {
  const text = reader.text(path) ?? '';
  const language = { npm: ['javascript'], cargo: ['rust'], python: ['python'], go: ['go'], velocity: [] }[kind];
  return { name: /^[ \t{,]*"?name"?\s*[:=]\s*["']?([^"',\n]+)/m.exec(text)?.[1]?.trim(), languages: language };
}
