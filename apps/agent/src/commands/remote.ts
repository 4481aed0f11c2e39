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

export class RemoteAllowCommand extends VelocityCommand {
  static override paths = [['remote', 'allow']];
  static override usage = Command.Usage({
    category: 'Remote',
    description: 'let the token of the environment go to a gateway that velocity.yml names',
    details: `
      A token that comes from the environment is sent to loopback, and to origins that were allowed outside of the repository: by this
      command, by VELOCITY_REMOTE_ORIGINS, or by naming the gateway in the environment or on the command line. A change to a file of the
      repository can therefore not lead it elsewhere.
    `,
    examples: [
      ['The gateway of velocity.yml', '$0 remote allow'],
      ['Another one', '$0 remote allow https://cache.example.com'],
    ],
  });

  url = Option.String({ required: false, name: 'url' });

  override async execute(): Promise<number> {
    const { allowOrigin } = await import('../stores/allowed-origins.js');
    const url = this.url ?? this.openWorkspace().config.remote.url ?? '';
    this.print(`tokens may go to ${allowOrigin(url, this.context)}`);
    return 0;
  }
}
