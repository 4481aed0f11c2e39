import { resolve } from 'node:path';
import { Command } from 'clipanion';
import type { GatewayConfig, StorageConfig } from '../config/config.js';
import type { LoadedConfig } from '../config/load-config.js';
import { createDriver } from '../create-driver.js';
import type { Logger } from '../logger.js';
import { machine } from '../machine.js';
import { ProcessWatch } from '../process-watch.js';
import type { StorageTrust } from '../storage-health.js';
import { GatewayCommand } from './gateway-command.js';

const VERDICTS: Readonly<Record<StorageTrust['level'], string>> = {
  full: 'the store keeps every promise that the gateway builds on',
  fallback: 'the gateway makes up for what the store does not do',
  refused: 'the gateway does not start on this store',
};

export class DoctorCommand extends GatewayCommand {
  static override paths = [['doctor']];
  static override usage = Command.Usage({
    description: 'Try the store out, and say what it can be trusted with',
    details: `
      Writes a few small objects under a random prefix and removes them again. Ends with 0 when a gateway can be started on this store.
    `,
  });

  protected override async run({ config }: LoadedConfig, logger: Logger): Promise<number> {
    const print = (line: string): void => void this.context.stdout.write(`${line}\n`);
    using watch = new ProcessWatch({ logger });
    for (const line of describe(config)) print(line);
    const { driver, probe } = await createDriver(config.storage, machine);
    await using _closed = driver;
    const { trust } = await probe(watch.stopping);
    print(`trust    ${trust.level}: ${VERDICTS[trust.level]}`);
    for (const note of trust.notes) print(`         - ${note}`);
    return trust.level === 'refused' ? 1 : 0;
  }
}

function describe({ storage, namespace, retention }: GatewayConfig): string[] {
  const { maxAgeMs, maxStoreSize } = retention;
  const limits = [
    ...(maxAgeMs === undefined ? [] : [`unused for ${maxAgeMs / 86_400_000} days goes`]),
    ...(maxStoreSize === undefined ? [] : [`at most ${maxStoreSize} bytes`]),
  ];
  return [
    `storage  ${place(storage)}`,
    `scope    namespace ${namespace}`,
    `limits   ${limits.length === 0 ? 'none: nothing is ever removed' : limits.join(', ')}`,
  ];
}

function place(storage: StorageConfig): string {
  if (storage.driver === 'local') return `local, ${resolve(storage.root)}`;
  const { bucket, region, endpoint, publicEndpoint } = storage;
  const reach = publicEndpoint === endpoint ? '' : `, for clients ${publicEndpoint}`;
  return `s3, bucket ${bucket} at ${endpoint ?? `AWS ${region}`}${reach}`;
}
