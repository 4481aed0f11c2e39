import { realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { errorMessage } from '@velocity/core';

interface Tool {
  readonly command: string;
  readonly args: readonly string[];
}

/** How each tool says its version. The first line of what it prints goes into the key. */
const TOOLS: Readonly<Record<string, Tool>> = {
  node: { command: 'node', args: ['--version'] },
  rust: { command: 'rustc', args: ['--version'] },
  go: { command: 'go', args: ['version'] },
  python: { command: 'python3', args: ['--version'] },
  java: { command: 'java', args: ['-version'] },
};

const LANGUAGE_TOOLS: Readonly<Record<string, string>> = {
  javascript: 'node',
  typescript: 'node',
  rust: 'rust',
  go: 'go',
  python: 'python',
  java: 'java',
};

const TIMEOUT_MS = 10_000;

export interface ToolchainsOptions {
  readonly root: string;
  /** The Node that runs this, whose version is known without asking. */
  readonly node: { readonly path: string; readonly version: string };
  readonly env: Readonly<Record<string, string>>;
}

/** Versions of the tools on this machine, each asked once. Without the tool the version is `missing`. */
export class Toolchains {
  readonly #options: ToolchainsOptions;
  readonly #versions = new Map<string, Promise<string>>();

  constructor(options: ToolchainsOptions) {
    this.#options = options;
  }

  /** @param setting `auto`: what the languages need; a list: exactly these. */
  async versions(
    setting: 'auto' | 'none' | readonly string[],
    languages: readonly string[],
  ): Promise<Record<string, string>> {
    const names = setting === 'none' ? [] : setting === 'auto' ? toolsOf(languages) : [...setting].sort();
    const entries = await Promise.all(names.map(async (name) => [name, await this.#version(name)] as const));
    return Object.fromEntries(entries);
  }

  /** Every tool that was asked for so far, and what it said. */
  async asked(): Promise<Record<string, string>> {
    return this.versions([...this.#versions.keys()], []);
  }

  #version(name: string): Promise<string> {
    const known = this.#versions.get(name);
    if (known !== undefined) return known;
    const version = this.#isOwnNode(name)
      ? Promise.resolve(this.#options.node.version)
      : this.#ask(TOOLS[name] ?? { command: name, args: ['--version'] });
    this.#versions.set(name, version);
    return version;
  }

  /** Starting `node --version` takes 30 ms: more than the rest of a small run. */
  #isOwnNode(name: string): boolean {
    const { env, node } = this.#options;
    if (name !== 'node') return false;
    const found = (env['PATH'] ?? '')
      .split(delimiter)
      .map((folder) => realPath(join(folder, 'node')))
      .find((path) => path !== undefined);
    return found !== undefined && found === realPath(node.path);
  }

  async #ask(tool: Tool): Promise<string> {
    const { root, env } = this.#options;
    // Loaded when it is needed: a run that finds everything in place asks no tool.
    const { execFile } = await import('node:child_process');
    return new Promise((resolve) => {
      const options = { cwd: root, env, timeout: TIMEOUT_MS, windowsHide: true };
      execFile(tool.command, [...tool.args], options, (error, stdout, stderr) => {
        const line = `${stdout}\n${stderr}`.split('\n').find((text) => text.trim() !== '');
        if (error === null && line !== undefined) resolve(line.trim());
        else resolve(errorMessage(error).includes('ENOENT') ? 'missing' : `failing: ${line?.trim() ?? ''}`);
      });
    });
  }
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    // Nothing is there.
    return undefined;
  }
}

function toolsOf(languages: readonly string[]): string[] {
  const names = languages.flatMap((language) => LANGUAGE_TOOLS[language] ?? []);
  return [...new Set(names)].sort();
}
