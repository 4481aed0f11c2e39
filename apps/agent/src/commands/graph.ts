import { Command, Option } from 'clipanion';
import { VelocityCommand } from './velocity-command.js';

export class GraphCommand extends VelocityCommand {
  static override paths = [['graph']];
  static override usage = Command.Usage({
    category: 'Look',
    description: 'print the task graph',
    examples: [
      ['Everything that a build runs', '$0 graph build'],
      ['For a document', '$0 graph build --format mermaid'],
    ],
  });

  tasks = Option.Rest({ name: 'task' });
  filter = Option.Array('-F,--filter', { description: 'Packages by name, glob or directory.' });
  format = Option.String('--format', 'dot', { description: 'dot, mermaid, json or html.' });

  override async execute(): Promise<number> {
    const { buildGraph } = await import('../plan/build-graph.js');
    const { renderGraph } = await import('../actions/render-graph.js');
    const workspace = this.inspectWorkspace();
    const tasks = this.tasks.length > 0 ? this.tasks : [...workspace.config.pipeline.keys()];
    const graph = buildGraph(workspace, { tasks, filters: this.filter ?? [], directory: '' });
    this.context.stdout.write(renderGraph(graph, this.format));
    return 0;
  }
}
