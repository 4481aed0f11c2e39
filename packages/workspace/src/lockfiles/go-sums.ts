import { digestOf } from '@velocity/core';
import { joinPath, type Directory, parentOf } from '../documents/workspace-path.js';
import { parseGoFile, type GoFile } from '../manifests/go-manifest.js';
import {
  memberId,
  type LockEdge,
  type LockGraph,
  type LockMember,
  type LockNode,
  type LockScope,
} from './lock-graph.js';

interface GoModule {
  readonly member: LockMember;
  readonly file: GoFile;
  /** `path@version` to hash, in its own go.sum. */
  readonly sums: ReadonlyMap<string, string>;
}

/**
 * The requirements of all Go modules of a workspace, with the hashes of their go.sum files. What go.mod lists is everything
 * a build needs, since it holds indirect requirements too, from `go 1.17` on; in older ones every line of go.sum counts.
 * Under a go.work one version is picked for all modules: there every version that any of them requires counts, and so does
 * the whole of go.work.sum. @see https://go.dev/ref/mod#go-sum-files
 */
export function readGoSums(scope: LockScope): LockGraph {
  const modules = scope.members.flatMap((member) => readModule(member, scope));
  const paths = new Map(modules.map(({ member }) => [member.package.name, memberId(member.path)]));
  const workSums = new Map(modules.flatMap(({ member }) => workSumOf(member.package.directory, scope)));
  const isShared = workSums.size > 0;
  const requiredBy = new Map<string, Set<string>>();
  for (const { file } of modules) {
    for (const [path, version] of file.requires) {
      requiredBy.set(path, (requiredBy.get(path) ?? new Set()).add(`${path}@${version}`));
    }
  }

  const nodes = new Map<string, LockNode>();
  const own = new Map<string, readonly LockEdge[]>();
  const hashes = new Map(modules.flatMap(({ sums }) => [...sums]));
  for (const { member, file, sums } of modules) {
    const required = file.requires.flatMap(([name, version]) =>
      isShared ? [...(requiredBy.get(name) ?? [])] : [`${name}@${version}`],
    );
    const locked = listsIndirect(file)
      ? required
      : [...required, ...[...sums.keys()].map((key) => key.replace(/\/go\.mod$/, ''))];
    for (const label of locked) {
      nodes.set(label, { label, value: hashes.get(label) ?? hashes.get(`${label}/go.mod`) ?? 'unlocked', edges: [] });
    }
    for (const [label, value] of workSums) nodes.set(label, { label, value, edges: [] });
    const members = member.package.dependencies.flatMap((name) => paths.get(name) ?? []);
    const targets = [...new Set(locked), ...workSums.keys(), ...members];
    const edges = targets.map((to): LockEdge => ({ name: to, to }));
    own.set(member.path, edges);
    nodes.set(memberId(member.path), { value: '', edges });
  }
  return { nodes, edgesOf: ({ path }) => own.get(path) };
}

function readModule(member: LockMember, scope: LockScope): GoModule[] {
  const { directory } = member.package;
  const text = scope.readText(joinPath(directory, 'go.mod'));
  if (text === undefined) return [];
  const sums = new Map<string, string>();
  for (const line of (scope.readText(joinPath(directory, 'go.sum')) ?? '').split('\n')) {
    const [path, version, hash] = line.trim().split(/\s+/);
    if (path !== undefined && version !== undefined && hash !== undefined) sums.set(`${path}@${version}`, hash);
  }
  return [{ member, file: parseGoFile(text), sums }];
}

function listsIndirect({ goVersion }: GoFile): boolean {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(goVersion ?? '') ?? [];
  return Number(major) > 1 || (Number(major) === 1 && Number(minor) >= 17);
}

/** The go.work.sum beside the nearest go.work; one of an empty file where it has none. */
function workSumOf(directory: Directory, scope: LockScope): [label: string, digest: string][] {
  for (let at = directory; ; at = parentOf(at)) {
    if (scope.readText(joinPath(at, 'go.work')) !== undefined) {
      return [['*go.work.sum', digestOf(scope.readText(joinPath(at, 'go.work.sum')) ?? '')]];
    }
    if (at === '') return [];
  }
}
