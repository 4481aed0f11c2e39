import { errorMessage, isErrno } from '@velocity/core';
import { disk } from '../disk.js';
import type { WorkspaceProblem, WorkspaceProblemKind } from '../problem.js';
import { parseJson, parseToml, parseYaml, type ParseResult } from './parse-document.js';
import { asDocument, type Document } from './shape.js';
import { positionOfMatch } from './text-position.js';

const PARSERS: Readonly<Record<string, (text: string) => ParseResult>> = {
  json: parseJson,
  yml: parseYaml,
  yaml: parseYaml,
  toml: parseToml,
};

/** Reads the files that describe a workspace, and keeps a list of what is wrong with them. Paths are relative to the root. */
export class ManifestReader {
  readonly root: string;
  readonly problems: WorkspaceProblem[] = [];
  readonly #documents = new Map<string, Document | undefined>();

  constructor(root: string) {
    this.root = root;
  }

  /** The text of a file; undefined when there is none, or when it cannot be read, which is a problem. */
  text(path: string): string | undefined {
    try {
      return disk()
        .readFile(`${this.root}/${path}`)
        .toString('utf8')
        .replace(/^\uFEFF/, '');
    } catch (error) {
      if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EISDIR')) return undefined;
      this.problems.push({ kind: 'unreadable', message: `cannot read the file: ${errorMessage(error)}`, file: path });
      return undefined;
    }
  }

  /**
   * The table in a JSON, YAML or TOML file, by its extension. An empty file is an empty table; undefined when there is
   * no file, or when it is broken, which is a problem reported once.
   */
  document(path: string): Document | undefined {
    if (this.#documents.has(path)) return this.#documents.get(path);
    const text = this.text(path);
    const document = text === undefined ? undefined : this.#parse(path, text);
    this.#documents.set(path, document);
    return document;
  }

  /** Adds a problem at the place where `pattern` matches in the file. */
  report(kind: WorkspaceProblemKind, file: string, message: string, more: { at?: RegExp; hint?: string } = {}): void {
    const position = more.at === undefined ? undefined : positionOfMatch(this.text(file) ?? '', more.at);
    this.problems.push({ kind, message, file, ...position, ...(more.hint !== undefined && { hint: more.hint }) });
  }

  #parse(path: string, text: string): Document | undefined {
    const parse = PARSERS[path.slice(path.lastIndexOf('.') + 1)] ?? parseToml;
    const result = parse(text);
    if (!result.ok) {
      this.problems.push({ kind: 'syntax', message: result.reason, file: path, ...result.position });
      return undefined;
    }
    if (result.value === undefined || result.value === null) return {};
    const document = asDocument(result.value);
    if (document === undefined) {
      this.problems.push({
        kind: 'shape',
        message: 'must be a table of keys and values',
        file: path,
        line: 1,
        column: 1,
      });
    }
    return document;
  }
}
