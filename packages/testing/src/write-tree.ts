import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** A tree as an object: a string or bytes for a file, `{ link }`, `{ executable }`, `{ dir: true }` for an empty folder. */
export type Tree = Readonly<Record<string, string | Uint8Array | TreeNode>>;
export type TreeNode =
  | { readonly link: string }
  | { readonly executable: string | Uint8Array }
  | { readonly dir: true };

/** Writes `tree` below `root`; keys are paths with `/`. */
export function writeTree(root: string, tree: Tree): void {
  for (const [path, node] of Object.entries(tree)) {
    const target = join(root, path);
    mkdirSync(dirname(target), { recursive: true });
    if (typeof node === 'string' || node instanceof Uint8Array) writeFileSync(target, node);
    else if ('link' in node) symlinkSync(node.link, target);
    else if ('dir' in node) mkdirSync(target, { recursive: true });
    else {
      writeFileSync(target, node.executable);
      chmodSync(target, 0o755);
    }
  }
}

/** The tree below `root`, one line an entry in the order of their paths: what a test compares byte for byte. */
export function readTree(root: string, prefix = ''): Record<string, string> {
  const result: Record<string, string> = {};
  for (const name of readdirSync(join(root, prefix)).sort()) {
    const path = prefix === '' ? name : `${prefix}/${name}`;
    const absolute = join(root, path);
    const stats = lstatSync(absolute);
    if (stats.isSymbolicLink()) result[path] = `link ${readlinkSync(absolute)}`;
    else if (stats.isDirectory()) {
      const children = readTree(root, path);
      if (Object.keys(children).length === 0) result[path] = 'dir';
      Object.assign(result, children);
    } else if (stats.isFile()) {
      const kind = (stats.mode & 0o100) === 0 ? 'file' : 'executable';
      result[path] = `${kind} ${readFileSync(absolute, 'latin1')}`;
    } else result[path] = 'special';
  }
  return result;
}
