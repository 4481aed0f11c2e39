import { toDot, toJson, toMermaid, type TaskGraph } from '@velocity/graph';
import type { TaskPayload } from '../plan/build-graph.js';
import { choice } from './choice.js';

/** The graph as text, with a newline at its end. */
export function renderGraph(graph: TaskGraph<TaskPayload>, format: string): string {
  const text = RENDERERS[choice('--format', format, ['dot', 'mermaid', 'json', 'html'], 'dot')](graph);
  return text.endsWith('\n') ? text : `${text}\n`;
}

const RENDERERS = {
  dot: (graph: TaskGraph<TaskPayload>): string => toDot(graph),
  mermaid: (graph: TaskGraph<TaskPayload>): string => toMermaid(graph),
  json: (graph: TaskGraph<TaskPayload>): string => JSON.stringify(toJson(graph), undefined, 2),
  html: (graph: TaskGraph<TaskPayload>): string => toHtml(graph),
};

/** A page without scripts: each task with what it waits for, as links. */
function toHtml(graph: TaskGraph<TaskPayload>): string {
  const items = graph.topologicalOrder.map((id) => {
    const links = graph
      .dependenciesOf(id)
      .map((dependency) => `<a href="#${escapeHtml(dependency)}">${escapeHtml(dependency)}</a>`);
    return `<li id="${escapeHtml(id)}"><b>${escapeHtml(id)}</b>${links.length > 0 ? ` after ${links.join(', ')}` : ''}</li>`;
  });
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Task graph</title><h1>Task graph</h1><ol>${items.join('')}</ol></html>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}
