import { compareCodeUnits } from '@velocity/core';
import type { LockEdge, LockGraph, LockNode } from './lock-graph.js';

/** Closures by `name@version`; see {@link ClosureIndex.closure} for the other entries. */
export type Closure = Readonly<Record<string, string>>;

/**
 * Answers what can be reached in a lockfile. Nodes are numbered in the order of their labels, so that an answer needs no
 * sorting; equal questions share one answer, as most packages of a large workspace ask few different ones.
 */
export class ClosureIndex {
  readonly #nodes: readonly LockNode[];
  readonly #numbers: ReadonlyMap<string, number>;
  readonly #known = new Map<string, Closure>();

  constructor(graph: LockGraph) {
    const entries = [...graph.nodes].sort(([, a], [, b]) => compareCodeUnits(a.label ?? '', b.label ?? ''));
    this.#nodes = entries.map(([, node]) => node);
    this.#numbers = new Map(entries.map(([id], number) => [id, number]));
  }

  /**
   * Every locked package that the edges lead to, directly or not: `name@version` to its integrity. What is asked for and not
   * locked is `name@range` to `unlocked`. Where two versions of one name are reached, `user > name` says which of them
   * a user gets; `user` is empty for the member itself.
   */
  closure(own: readonly LockEdge[], shared: readonly LockEdge[] = []): Closure {
    const question = JSON.stringify([own.map(edgeKey), shared.map(edgeKey)]);
    let answer = this.#known.get(question);
    if (answer === undefined) {
      answer = this.#compute(own, shared);
      this.#known.set(question, answer);
    }
    return answer;
  }

  #compute(own: readonly LockEdge[], shared: readonly LockEdge[]): Closure {
    const reached = new Uint8Array(this.#nodes.length);
    const stack: (readonly LockEdge[])[] = [own, shared];
    const labels = new Map<string, string | null>();
    const result: [string, string][] = [];
    for (let edges = stack.pop(); edges !== undefined; edges = stack.pop()) {
      for (const edge of edges) {
        const number = edge.to === undefined ? undefined : this.#numbers.get(edge.to);
        if (number === undefined) {
          result.push([`${edge.name}@${edge.range ?? ''}`, 'unlocked']);
          continue;
        }
        const node = this.#nodes[number] as LockNode;
        // null: this name means more than one thing in this closure.
        const other = labels.get(edge.name);
        const label = node.label ?? edge.to ?? '';
        labels.set(edge.name, other === undefined || other === label ? label : null);
        if (reached[number] === 1) continue;
        reached[number] = 1;
        stack.push(node.edges);
      }
    }
    const addAmbiguous = (user: string, edges: readonly LockEdge[]): void => {
      for (const { name, to } of edges) {
        if (to === undefined || labels.get(name) !== null) continue;
        result.push([`${user} > ${name}`, this.#nodes[this.#numbers.get(to) ?? -1]?.label ?? to]);
      }
    };
    addAmbiguous('', own);
    addAmbiguous('//', shared);
    for (let number = 0; number < this.#nodes.length; number += 1) {
      if (reached[number] !== 1) continue;
      const node = this.#nodes[number] as LockNode;
      if (node.label !== undefined) result.push([node.label, node.value]);
      addAmbiguous(node.label ?? 'workspace', node.edges);
    }
    return Object.fromEntries(result);
  }
}

function edgeKey({ name, to, range }: LockEdge): readonly (string | undefined)[] {
  return [name, to, to === undefined ? range : undefined];
}
