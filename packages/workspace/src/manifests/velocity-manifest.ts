import { asString, stringsOf, tableAt, type Document } from '../documents/shape.js';
import type { ManifestContent } from './parsed-manifest.js';

const LANGUAGE_ALIASES: Readonly<Record<string, string>> = {
  js: 'javascript',
  ts: 'javascript',
  typescript: 'javascript',
  py: 'python',
  rs: 'rust',
  golang: 'go',
};

/** A package's own velocity.yml, as far as it describes the package: `name`, `language`, `deps`. Tasks are not looked at. */
export function parseVelocityManifest(document: Document): ManifestContent {
  return describe(document, stringsOf(document['deps']));
}

/** polykit.toml: `name`, `language`, and `internal` of `[deps]`. */
export function parsePolykitManifest(document: Document): ManifestContent {
  return describe(document, stringsOf(tableAt(document, 'deps')['internal']));
}

function describe(document: Document, dependencies: readonly string[]): ManifestContent {
  return {
    name: asString(document['name']),
    languages: stringsOf(document['language']).map((language) => languageName(language)),
    declared: dependencies.map((name) => ({
      name,
      range: 'workspace',
      target: { by: 'name', name },
      isRequired: true,
    })),
  };
}

function languageName(text: string): string {
  const name = text.toLowerCase();
  return Object.hasOwn(LANGUAGE_ALIASES, name) ? (LANGUAGE_ALIASES[name] as string) : name;
}
