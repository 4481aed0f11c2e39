import type { RelativePath } from '@velocity/core';
import { unsafe, vanished } from './artifact-error.js';
import type { TreeNode } from './inspect-tree.js';
import type { Manifest } from './manifest.js';

/** Renames that make the owned part of a tree the manifest's. Each path stands for all that is below it. */
export interface SwapPlan {
  /** Owned, and not in the manifest. */
  readonly strays: readonly string[];
  /** Owned, and in the manifest: out with what is there, in with what is staged. */
  readonly replacements: readonly string[];
  /** In the manifest, and nothing is there. */
  readonly additions: readonly string[];
}

interface WantedNode {
  readonly kind: 'folder' | 'leaf';
  /** True when it, or something below it, is not staged: then nothing may be put in its place. */
  staysHere: boolean;
  readonly children: Map<string, WantedNode>;
}

/**
 * Takes the topmost path that is wholly owned and wholly staged each time, so that an output folder that holds nothing else is one rename.
 * @param staged the entries that are staged; `undefined`: all
 * @param base a folder that staging does not hold, nor those above it: they stay what they are
 * @throws VelocityError `ARTIFACT_UNSAFE` when something that is not owned is in the way, `STORAGE_UNAVAILABLE` when something that is not
 * staged is not there either
 */
export function planSwap(
  tree: TreeNode,
  manifest: Manifest,
  { staged, base }: { readonly staged: ReadonlySet<RelativePath> | undefined; readonly base: string },
): SwapPlan {
  const strays: string[] = [];
  const replacements: string[] = [];
  const additions: string[] = [];

  const visit = (path: string, folder: TreeNode, wanted: WantedNode | undefined): void => {
    for (const [name, node] of folder.children) {
      const childPath = path === '' ? name : `${path}/${name}`;
      const wantedChild = wanted?.children.get(name);
      if (wantedChild?.staysHere === true) {
        if (node.kind !== wantedChild.kind) throw vanished(childPath);
        if (node.kind === 'folder') visit(childPath, node, wantedChild);
      } else if (node.isOwned) {
        (wantedChild === undefined ? strays : replacements).push(childPath);
      } else if (wantedChild !== undefined && (node.kind === 'leaf' || wantedChild.kind === 'leaf')) {
        throw inTheWay(childPath);
      } else if (node.kind === 'folder') {
        visit(childPath, node, wantedChild);
      }
    }
    for (const [name, wantedChild] of wanted?.children ?? []) {
      if (folder.children.has(name)) continue;
      const childPath = path === '' ? name : `${path}/${name}`;
      if (wantedChild.staysHere) throw vanished(childPath);
      additions.push(childPath);
    }
  };
  const wanted = wantedTree(manifest, staged);
  keepFolders(wanted, base);
  visit('', tree, wanted);
  return { strays, replacements, additions };
}

export function inTheWay(path: string): Error {
  return unsafe(
    path,
    'is in the way of an output and is not one itself',
    'move it away, or add it to the outputs of the task',
  );
}

function keepFolders(root: WantedNode, base: string): void {
  let folder: WantedNode | undefined = root;
  for (const name of base === '' ? [] : base.split('/')) {
    folder = folder?.children.get(name);
    if (folder !== undefined) folder.staysHere = true;
  }
}

function wantedTree(manifest: Manifest, staged: ReadonlySet<RelativePath> | undefined): WantedNode {
  const root: WantedNode = { kind: 'folder', staysHere: true, children: new Map() };
  for (const { path, type } of manifest.entries) {
    const staysHere = staged?.has(path) === false;
    const names = path.split('/');
    const last = names.pop() as string;
    let folder = root;
    for (const name of names) {
      const next = folder.children.get(name) ?? { kind: 'folder', staysHere, children: new Map<string, WantedNode>() };
      next.staysHere ||= staysHere;
      folder.children.set(name, next);
      folder = next;
    }
    folder.children.set(last, { kind: type === 'directory' ? 'folder' : 'leaf', staysHere, children: new Map() });
  }
  return root;
}
