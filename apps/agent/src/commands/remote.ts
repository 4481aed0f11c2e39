import { Command, Option } from 'clipanion';
import { VelocityCommand } from './velocity-command.js';

abstract class RemoteCommand extends VelocityCommand {
  remoteUrl = Option.String('--remote-cache-url', { description: 'Gateway to ask instead of the configured one.' });
  json = Option.Boolean('--json', false, { description: 'As JSON.' });
}

export class RemoteStatusCommand extends RemoteCommand {
  static override paths = [['remote', 'status']];
  static override usage = Command.Usage({ category: 'Remote', description: 'see the gateway as this machine sees it' });

  override async execute(): Promise<number> {
    const { remoteStatus } = await import('../actions/remote-status.js');
    return remoteStatus(this.openWorkspace(), this.context, { remoteUrl: this.remoteUrl, isJson: this.json });
  }
}

export class RemoteWhoamiCommand extends RemoteCommand {
  static override paths = [['remote', 'whoami']];
  static override usage = Command.Usage({
    category: 'Remote',
    description: 'who the token says this is, and what it may do',
  });

  override async execute(): Promise<number> {
    const { remoteWhoami } = await import('../actions/remote-status.js');
    return remoteWhoami(this.openWorkspace(), this.context, { remoteUrl: this.remoteUrl, isJson: this.json });
  }
}
