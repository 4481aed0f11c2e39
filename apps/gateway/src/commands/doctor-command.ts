import { Command } from 'clipanion';
import type { LoadedConfig } from '../config/load-config.js';
import type { Logger } from '../logger.js';
import { GatewayCommand } from './gateway-command.js';

export class DoctorCommand extends GatewayCommand {
  static override paths = [['doctor']];
  static override usage = Command.Usage({ description: 'Try the store out, and say what it can be trusted with' });

  protected override async run(_loaded: LoadedConfig, _logger: Logger): Promise<number> {
    return 1;
  }
}
