import type { Digest } from '@velocity/core';
import type { Disk, Package } from '@velocity/workspace';
import type { JsonInput, TaskCommand } from '../config/types.js';
import { workspacePath } from './dotenv.js';
import { JsonDocuments } from './json-documents.js';
import { digestOfView, viewOfJson } from './json-view.js';
import { viewForAllTasks, viewOfPackage } from './package-view.js';
import { reachableScripts, type PackageDocument } from './reachable-scripts.js';

/** What stands in a key for an input file whose bytes have a digest; undefined: that digest. */
export type CountAs = (path: string, content: Digest) => Digest | undefined;

export interface ViewedTask {
  readonly owner: Package;
  readonly name: string;
  readonly command: TaskCommand | undefined;
  readonly args: readonly string[];
  readonly jsonInputs: readonly JsonInput[];
}

/** Knows which JSON documents count by a part only: those that the configuration says so of, and every workspace package's package.json. */
export class InputViews {
  readonly #documents: JsonDocuments;
  readonly #packageFiles: ReadonlySet<string>;

  constructor(options: { readonly root: string; readonly packages: readonly Package[] }, disk: Disk) {
    this.#documents = new JsonDocuments(options.root, disk);
    this.#packageFiles = new Set(options.packages.map(packageFileOf));
  }

  forTask({ owner, name, command, args, jsonInputs }: ViewedTask): CountAs {
    const own = packageFileOf(owner);
    const text = [textOf(command), ...args].join(' ');
    return this.#counting(owner.directory, jsonInputs, (path, document) => {
      // Another package's scripts may be started by way of this one's.
      const documents = path === own ? [document] : [owner.packageJson ?? {}, document];
      const view = viewOfPackage(document, reachableScripts({ text, task: name, documents }));
      return view && digestOfView(['package'], view);
    });
  }

  /** For what every task depends on. */
  forAllTasks(jsonInputs: readonly JsonInput[]): CountAs {
    return this.#counting('', jsonInputs, (_path, document) =>
      digestOfView(['package', 'all scripts'], viewForAllTasks(document)),
    );
  }

  #counting(
    directory: string,
    jsonInputs: readonly JsonInput[],
    digestPackage: (path: string, document: PackageDocument) => Digest | undefined,
  ): CountAs {
    const configured = new Map<string, JsonInput>(
      jsonInputs.map((input) => [workspacePath(directory, input.file), input]),
    );
    return (path, content) => {
      const input = configured.get(path);
      if (input === undefined && !this.#packageFiles.has(path)) return undefined;
      const document = this.#documents.read(path, content);
      if (document === undefined) return undefined;
      if (input !== undefined)
        return digestOfView([input.mode, ...input.fields.toSorted()], viewOfJson(document.value, input));
      return isPackageDocument(document.value) ? digestPackage(path, document.value) : undefined;
    };
  }
}

function packageFileOf({ directory }: Package): string {
  return directory === '' ? 'package.json' : `${directory}/package.json`;
}

function textOf(command: TaskCommand | undefined): string {
  if (command === undefined) return '';
  return command.kind === 'shell' ? command.text : command.argv.join(' ');
}

function isPackageDocument(value: unknown): value is PackageDocument {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
