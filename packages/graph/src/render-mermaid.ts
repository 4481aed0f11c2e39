import type { TaskGraph } from './task-graph.js';

/** A graph as a Mermaid flowchart, as Markdown on GitHub and GitLab shows it. Arrows go from a task to what it waits for. */
export function toMermaid(graph: TaskGraph<unknown>): string {
  const lines = ['flowchart LR'];
  const keys = new Map([...graph.tasks.keys()].map((id, index) => [id, `t${index}`]));
  for (const [id, key] of keys) lines.push(`  ${key}["${escape(id)}"]`);
  for (const [id, key] of keys) {
    for (const dependency of graph.dependenciesOf(id)) lines.push(`  ${key} --> ${keys.get(dependency)}`);
  }
  return `${lines.join('\n')}\n`;
}

/** Mermaid's entity codes are `#` and a decimal code point. Everything that could end a label or start Markdown gets one. */
function escape(text: string): string {
  return text.replace(/[^\p{L}\p{N} @/.:_-]/gu, (character) => `#${character.codePointAt(0)};`);
}
