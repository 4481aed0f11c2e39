import type { Package } from '@velocity/workspace';
import type { Draft } from './draft.js';
import { namesIn } from './init-workspace.js';
import type { LanguageTasks } from './language-tasks.js';
import { readText, readToml, tableAt, type Table } from './source-files.js';

/** `cargo build --release` and `cargo test`. Only programs are outputs: all of `target` would be gigabytes, and libraries are compiled into those who use them. */
export function cargoTasks(root: string, { directory, manifests }: Package, draft: Draft): LanguageTasks {
  const file = manifests.find(({ kind }) => kind === 'cargo')?.path;
  const crate = file === undefined ? undefined : readToml(root, file);
  if (file === undefined || crate === undefined || crate['package'] === undefined) return new Map();
  draft.sources.add(file);
  const isMember = directory !== '' && 'workspace' in (readToml(root, 'Cargo.toml') ?? {});
  const target = isMember ? '$ROOT/target' : 'target';
  const shared = isMember ? { inputs: ['$DEFAULT', '$ROOT/Cargo.toml', '$ROOT/Cargo.lock'] } : {};
  const outputs = programsOf(root, directory, crate).map((name) => `${target}/release/${name}`);
  return new Map([
    ['build', { command: 'cargo build --release', ...shared, outputs }],
    ['test', { command: 'cargo test', ...shared, outputs: [] }],
  ]);
}

/** @see https://doc.rust-lang.org/cargo/reference/cargo-targets.html */
function programsOf(root: string, directory: string, crate: Table): readonly string[] {
  const folder = directory === '' ? '' : `${directory}/`;
  const { name, autobins } = tableAt(crate, 'package');
  const named = Array.isArray(crate['bin']) ? crate['bin'].map((bin: unknown) => tableAt({ bin }, 'bin')['name']) : [];
  const isFound = autobins !== false;
  const main = isFound && readText(root, `${folder}src/main.rs`) !== undefined ? [name] : [];
  const others = isFound ? namesIn(root, `${folder}src/bin`).map((file) => file.replace(/\.rs$/, '')) : [];
  return [...new Set([...main, ...named, ...others])].filter((program) => typeof program === 'string');
}
