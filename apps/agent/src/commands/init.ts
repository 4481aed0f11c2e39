import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, Option } from 'clipanion';
import { VelocityError } from '@velocity/core';
import { VelocityCommand } from './velocity-command.js';

export class InitCommand extends VelocityCommand {
  static override paths = [['init']];
  static override usage = Command.Usage({
    category: 'Setup',
    description: 'write velocity.yml from what the repository already says',
    details: `
      Reads package.json workspaces, pnpm-workspace.yaml, turbo.json, nx.json, Cargo.toml, go.mod, pyproject.toml and polykit.toml, writes
      \`velocity.yml\` and says what it could not carry over.
    `,
    examples: [
      ['Start here', '$0 init'],
      ['Take over the tasks of turbo.json', '$0 init --from turbo'],
    ],
  });

  from = Option.String('--from', { description: 'turbo, nx or polykit; default: what is there.' });
  force = Option.Boolean('--force', false, { description: 'Replace a velocity.yml that is there.' });

  override async execute(): Promise<number> {
    const { generateConfig } = await import('../init/generate-config.js');
    const { choice } = await import('../actions/choice.js');
    const from = choice('--from', this.from, ['turbo', 'nx', 'polykit', ''], '');
    const root = this.directory;
    const present = ['velocity.yml', 'velocity.yaml'].find((name) => existsSync(join(root, name)));
    if (present !== undefined && !this.force) {
      throw new VelocityError('USAGE', `${present} is already there`, { hint: 'use --force to replace it' });
    }
    const { yaml, sources, notes } = generateConfig({ root, ...(from !== '' && { from }) });
    const name = present ?? 'velocity.yml';
    writeFileSync(join(root, name), yaml);
    this.print(`wrote ${name}${sources.length > 0 ? ` from ${sources.join(', ')}` : ''}`);
    for (const note of notes) this.print(`note  ${note}`);
    this.print('next  velocity run build');
    return 0;
  }
}
