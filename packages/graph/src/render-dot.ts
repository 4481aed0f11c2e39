import type { TaskGraph } from './task-graph.js';

/** A graph in the language of Graphviz: `dot -Tsvg`. Arrows go from a task to what it waits for. */
export function toDot(graph: TaskGraph<unknown>): string {
  const lines = ['digraph tasks {', '  rankdir=LR', '  node [shape=box, style=rounded]'];
  for (const id of graph.tasks.keys()) lines.push(`  ${quote(id)}`);
  for (const id of graph.tasks.keys()) {
    for (const dependency of graph.dependenciesOf(id)) lines.push(`  ${quote(id)} -> ${quote(dependency)}`);
  }
  return `${[...lines, '}'].join('\n')}\n`;
}

/** In a label `\` starts an escape such as `\N`, so it is doubled. */
function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
