import { Command, Option } from 'clipanion';
import { VelocityCommand } from './velocity-command.js';

abstract class CacheCommand extends VelocityCommand {
  cacheDir = Option.String('--cache-dir', { description: 'Folder of the local store.' });
  json = Option.Boolean('--json', false, { description: 'As JSON.' });
}

export class CacheStatusCommand extends CacheCommand {
  static override paths = [['cache', 'status'], ['cache']];
  static override usage = Command.Usage({
    category: 'Local store',
    description: 'where the local store is and how full',
  });

  override async execute(): Promise<number> {
    const { cacheStatus } = await import('../actions/local-cache.js');
    return cacheStatus(this.openWorkspace(), this.context, { cacheDir: this.cacheDir, isJson: this.json });
  }
}

export class CacheListCommand extends CacheCommand {
  static override paths = [['cache', 'ls']];
  static override usage = Command.Usage({
    category: 'Local store',
    description: 'list the stored results, newest first',
  });

  override async execute(): Promise<number> {
    const { cacheList } = await import('../actions/local-cache.js');
    return cacheList(this.openWorkspace(), this.context, { cacheDir: this.cacheDir, isJson: this.json });
  }
}

export class CacheInspectCommand extends CacheCommand {
  static override paths = [['cache', 'inspect']];
  static override usage = Command.Usage({
    category: 'Local store',
    description: 'show one stored result: its files, blobs and fingerprint',
    examples: [['By the beginning of its key', '$0 cache inspect 3f9a2c1d']],
  });

  key = Option.String({ required: true, name: 'key' });

  override async execute(): Promise<number> {
    const { cacheInspect } = await import('../actions/inspect-entry.js');
    return cacheInspect(this.openWorkspace(), this.context, {
      key: this.key,
      cacheDir: this.cacheDir,
      isJson: this.json,
    });
  }
}

export class CacheVerifyCommand extends CacheCommand {
  static override paths = [['cache', 'verify']];
  static override usage = Command.Usage({
    category: 'Local store',
    description: 'read every byte of the local store and say what is damaged',
    details: `
      Damaged entries are never restored: a run takes them for misses and stores good ones in their place. This finds them all at once.
      The exit code is 1 while something is damaged.
    `,
    examples: [
      ['Look', '$0 cache verify'],
      ['Remove what is damaged', '$0 cache verify --repair'],
    ],
  });

  repair = Option.Boolean('--repair', false, { description: 'Remove what is damaged, and leftovers of killed runs.' });

  override async execute(): Promise<number> {
    const { cacheVerify } = await import('../actions/verify-cache.js');
    const { cacheDir, json: isJson, repair: isRepairing } = this;
    return cacheVerify(this.openWorkspace(), this.context, { cacheDir, isJson, isRepairing });
  }
}

export class CacheGcCommand extends CacheCommand {
  static override paths = [['cache', 'gc']];
  static override usage = Command.Usage({
    category: 'Local store',
    description: 'evict what is over the limits, least recently used first',
  });

  maxSize = Option.String('--max-size', { description: 'Such as 5GiB; default: cache.max_size.' });
  maxAge = Option.String('--max-age', { description: 'Such as 30d; default: cache.max_age.' });

  override async execute(): Promise<number> {
    const { cacheGc } = await import('../actions/local-cache.js');
    const { cacheDir, maxSize, maxAge } = this;
    return cacheGc(this.openWorkspace(), this.context, { cacheDir, maxSize, maxAge, isJson: this.json });
  }
}

export class CacheCleanCommand extends CacheCommand {
  static override paths = [['cache', 'clean']];
  static override usage = Command.Usage({
    category: 'Local store',
    description: 'remove every stored result of this machine',
  });

  override async execute(): Promise<number> {
    const { cacheClean } = await import('../actions/local-cache.js');
    return cacheClean(this.openWorkspace(), this.context, { cacheDir: this.cacheDir, isJson: this.json });
  }
}
