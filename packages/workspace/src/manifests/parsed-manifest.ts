import type { Directory } from '../documents/workspace-path.js';
import type { Manifest } from '../package.js';

/** One dependency as a manifest writes it, and where in the workspace it is to be looked for. */
export interface DeclaredDependency {
  readonly name: string;
  /** As written. */
  readonly range: string;
  readonly target:
    | { readonly by: 'name'; readonly name: string }
    /** The folder it leads to; undefined when that is outside of the workspace. */
    | { readonly by: 'directory'; readonly directory: Directory | undefined }
    /** It comes from elsewhere, whatever its name. */
    | { readonly by: 'nothing' };
  /** It is an error when the workspace has no such package. */
  readonly isRequired: boolean;
}

/** Folders that a manifest makes members of its workspace. */
export interface MemberDeclaration {
  /** The file that says so. */
  readonly file: string;
  readonly directory: Directory;
  /** Ordered, relative to `directory`. */
  readonly globs: readonly string[];
  /** A folder counts when it holds one of these files. */
  readonly manifests: readonly string[];
  /** A folder that is named literally must hold one. */
  readonly isStrict: boolean;
}

/** What one manifest says, before it is known what else is in the workspace. */
export interface ParsedManifest extends Manifest {
  readonly declared: readonly DeclaredDependency[];
  readonly languages: readonly string[];
  readonly members: readonly MemberDeclaration[];
  readonly scripts?: Readonly<Record<string, string>>;
  readonly packageJson?: Readonly<Record<string, unknown>>;
}

/** What the ecosystems' parsers return; the rest follows from it. */
export interface ManifestContent extends Pick<ParsedManifest, 'scripts' | 'packageJson'> {
  readonly name?: string | undefined;
  readonly declared?: readonly DeclaredDependency[];
  readonly languages?: readonly string[];
  readonly members?: readonly MemberDeclaration[];
}

export function parsedManifest(
  kind: Manifest['kind'],
  path: Manifest['path'],
  content: ManifestContent,
): ParsedManifest {
  const { name, declared = [], languages = [], members = [], scripts, packageJson } = content;
  return {
    kind,
    path,
    ...(name !== undefined && name !== '' && { name }),
    dependencies: Object.fromEntries(declared.map((dependency) => [dependency.name, dependency.range])),
    declared,
    languages,
    members,
    ...(scripts !== undefined && { scripts }),
    ...(packageJson !== undefined && { packageJson }),
  };
}
