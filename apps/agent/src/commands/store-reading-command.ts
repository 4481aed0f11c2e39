import { Option } from 'clipanion';
import type { StoreFlags } from '../stores/store-settings.js';
import { VelocityCommand } from './velocity-command.js';

/** A command that looks into the stores. */
export abstract class StoreReadingCommand extends VelocityCommand {
  cacheDir = Option.String('--cache-dir', { description: 'Folder of the local store.' });
  remoteUrl = Option.String('--remote-cache-url', { description: 'Gateway to ask instead of the configured one.' });
  isRemoteOff = Option.Boolean('--no-remote-cache', false, { description: 'Ask no gateway.' });
  json = Option.Boolean('--json', false, { description: 'As JSON.' });

  protected get stores(): StoreFlags {
    const { cacheDir, remoteUrl, isRemoteOff } = this;
    return { cacheDir, remoteUrl, isRemoteOff };
  }
}
