interface Visit<N> {
  readonly node: N;
  readonly targets: Iterator<N>;
  readonly index: number;
  lowest: number;
}

/**
 * The strongly connected components of what can be reached from `roots`, each after all that it points to.
 * A component of one node is no cycle unless the node points to itself.
 *
 * R. Tarjan, "Depth-first search and linear graph algorithms" (1972), with a stack of its own: a chain of
 * dependencies may be longer than the call stack is deep.
 */
export function stronglyConnected<N>(roots: Iterable<N>, targetsOf: (node: N) => Iterable<N>): N[][] {
  const components: N[][] = [];
  const indexes = new Map<N, number>();
  const open: N[] = [];
  const isOpen = new Set<N>();
  const visits: Visit<N>[] = [];

  const enter = (node: N): void => {
    const index = indexes.size;
    indexes.set(node, index);
    open.push(node);
    isOpen.add(node);
    visits.push({ node, targets: targetsOf(node)[Symbol.iterator](), index, lowest: index });
  };

  const leave = (visit: Visit<N>): void => {
    visits.pop();
    const parent = visits.at(-1);
    if (parent !== undefined) parent.lowest = Math.min(parent.lowest, visit.lowest);
    if (visit.lowest !== visit.index) return;
    const component = open.splice(open.lastIndexOf(visit.node));
    for (const member of component) isOpen.delete(member);
    components.push(component);
  };

  for (const root of roots) {
    if (!indexes.has(root)) enter(root);
    for (let visit = visits.at(-1); visit !== undefined; visit = visits.at(-1)) {
      const next = visit.targets.next();
      if (next.done === true) {
        leave(visit);
        continue;
      }
      const seenAt = indexes.get(next.value);
      if (seenAt === undefined) enter(next.value);
      else if (isOpen.has(next.value)) visit.lowest = Math.min(visit.lowest, seenAt);
    }
  }
  return components;
}
