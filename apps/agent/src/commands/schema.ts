import { Command } from 'clipanion';
import { VelocityCommand } from './velocity-command.js';

export class SchemaCommand extends VelocityCommand {
  static override paths = [['schema']];
  static override usage = Command.Usage({
    category: 'Setup',
    description: 'print the JSON schema of velocity.yml, for editors',
  });

  override async execute(): Promise<number> {
    const { configSchemaJson } = await import('../config/config-schema-json.js');
    this.print(JSON.stringify(configSchemaJson(), undefined, 2));
    return 0;
  }
}
