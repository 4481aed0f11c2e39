import { resolve } from 'node:path';
import { Command } from 'clipanion';
import type { LoadedConfig } from '../config/load-config.js';
import { Gateway } from '../gateway.js';
import type { GatewayOptions } from '../gateway.js';
import type { Logger } from '../logger.js';
import { machine } from '../machine.js';
import { createMetrics } from '../metrics.js';
import { collectProcessMetrics } from '../process-metrics.js';
import { ProcessWatch } from '../process-watch.js';
import { TokensWatch } from '../tokens-watch.js';
import { GatewayCommand, readText } from './gateway-command.js';
import { printFailure } from './print-failure.js';

export class ServeCommand extends GatewayCommand {
  static override paths = [Command.Default, ['serve']];
  static override usage = Command.Usage({
    description: 'Run the gateway',
    details: 'Configured by variables, which `velocity-server --help` names; a flag wins over its variable.',
    examples: [
      ['Try it: local storage, this machine only', '$0'],
      ['On another port, in another directory', '$0 --port 9000 --storage-dir /srv/velocity'],
    ],
  });

  protected override async run(loaded: LoadedConfig, logger: Logger): Promise<number> {
    const metrics = createMetrics();
    collectProcessMetrics(metrics.registry);
    using watch = new ProcessWatch({ logger, onUnhandled: () => metrics.unhandled.inc() });
    const { gateway, fatal } = await this.#start(loaded, { logger, metrics, signal: watch.stopping });
    const { config, grants } = loaded;
    const { principals } = gateway.context;
    using tokens = TokensWatch.start({ config, grants, principals, logger, now: machine.now, readText });
    watch.onReload = () => {
      // Those that `velocity-server forget` removed.
      gateway.context.records.forget();
      void tokens.reload();
    };
    const { storage } = config;
    const place = storage.driver === 'local' ? { directory: resolve(storage.root) } : storage;
    const started = { audit: true, event: 'gateway.started', tokens: grants.length };
    logger.info('listening', { ...started, url: gateway.url, bind: config.bind, driver: storage.driver, ...place });
    this.context.stdout.write(`velocity-server listening on ${gateway.url}\n`);

    const reason = await Promise.race([watch.stop, fatal]);
    logger.info('stopping', { reason: typeof reason === 'string' ? reason : reason.code });
    await gateway.stop(watch.hurry);
    logger.info('stopped');
    if (typeof reason === 'string') return 0;
    printFailure(this.context.stderr, reason);
    return 1;
  }

  async #start({ config, grants }: LoadedConfig, options: Pick<GatewayOptions, 'logger' | 'metrics' | 'signal'>) {
    const { promise: fatal, resolve: onFatal } = withResolvers<Error & { readonly code: string }>();
    const gateway = await Gateway.start({
      config,
      grants,
      ...options,
      ...machine,
      onFatal,
    });
    return { gateway, fatal };
  }
}

function withResolvers<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((settle) => (resolve = settle));
  return { promise, resolve };
}
