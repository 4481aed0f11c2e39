import { formatSize } from '@velocity/core';
import { Command } from 'clipanion';
import type { LoadedConfig } from '../config/load-config.js';
import { createDriver } from '../create-driver.js';
import type { Logger } from '../logger.js';
import { createMetrics } from '../metrics.js';
import { machine } from '../machine.js';
import { ProcessWatch } from '../process-watch.js';
import { runSweep } from '../run-sweep.js';
import { GatewayCommand } from './gateway-command.js';

export class SweepCommand extends GatewayCommand {
  static override paths = [['sweep']];
  static override usage = Command.Usage({
    description: 'Remove what the retention limits do not keep, once',
    details: `
      Applies VC_RETENTION_DAYS and VC_MAX_STORE_SIZE, and removes what interrupted uploads left behind. Nothing younger than a day goes.
      Gateways may serve meanwhile.
    `,
  });

  protected override async run({ config }: LoadedConfig, logger: Logger): Promise<number> {
    const { stdout } = this.context;
    using watch = new ProcessWatch({ logger });
    const { driver } = await createDriver(config.storage, machine);
    await using _closed = driver;
    const context = { driver, metrics: createMetrics(), logger, now: machine.now };
    const report = await runSweep(context, config.retention, watch.stopping);
    stdout.write(
      `removed ${report.recordsRemoved} records and ${report.blobsRemoved} blobs (${formatSize(report.bytesFreed)}); ` +
        `${formatSize(report.bytesKept)} stay\n`,
    );
    return 0;
  }
}
