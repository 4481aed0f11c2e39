import { unreachable } from '@velocity/core';
import { FsDriver, UrlSigner } from '@velocity/storage';
import type { StorageDriver } from '@velocity/storage';
import type { LocalStorageConfig, S3StorageConfig, StorageConfig } from './config/config.js';
import type { ProbeDriver } from './storage-health.js';
import { trustOf } from './storage-trust.js';

export interface DriverOptions {
  /** Makes the local driver vend URLs of the gateway. */
  readonly urls?: { readonly baseUrl: string; readonly key: Uint8Array };
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly randomBytes: (size: number) => Uint8Array;
}

export interface OpenedStorage {
  /** Whoever opened it disposes of it. */
  readonly driver: StorageDriver;
  /** Where the gateway serves the blobs itself. */
  readonly urlSigner: UrlSigner | undefined;
  readonly probe: ProbeDriver;
}

/** Opens what the configuration names; loads the AWS SDK only for `s3`. @throws VelocityError `STORAGE_UNAVAILABLE` */
export function createDriver(config: StorageConfig, options: DriverOptions): Promise<OpenedStorage> {
  switch (config.driver) {
    case 'local':
      return openLocal(config, options);
    case 's3':
      return openS3(config, options);
    default:
      return unreachable(config);
  }
}

async function openLocal({ root }: LocalStorageConfig, { urls, now }: DriverOptions): Promise<OpenedStorage> {
  const urlSigner = urls && new UrlSigner({ baseUrl: urls.baseUrl, secret: urls.key });
  const driver = await FsDriver.open({ root, now, ...(urlSigner && { signer: urlSigner }) });
  // Nothing to find out: every byte of this store passes the gateway, which counts and hashes it.
  const probe: ProbeDriver = async () => ({ driver, trust: { level: 'full', bindsBody: true, notes: [] } });
  return { driver, urlSigner, probe };
}

async function openS3(config: S3StorageConfig, { now, random, randomBytes }: DriverOptions): Promise<OpenedStorage> {
  const { probeStorage, S3Driver } = await import('@velocity/storage/s3');
  const { bucket, region, endpoint, publicEndpoint, forcePathStyle } = config;
  const driver = await S3Driver.open({
    bucket,
    region,
    pathStyle: forcePathStyle,
    ...(endpoint !== undefined && { endpoint }),
    ...(publicEndpoint !== undefined && { publicEndpoint }),
    now,
    random,
  });
  const probe: ProbeDriver = async (signal) => {
    const options = { now, randomBytes, signal };
    const first = await probeStorage(driver, options);
    // A check that an unlucky moment cut short counts as failed: nobody is turned away for one of those.
    const store = trustOf(first).level === 'refused' ? await probeStorage(driver, options) : first;
    return { driver: driver.withFeatures(store.features), trust: trustOf(store) };
  };
  return { driver, urlSigner: undefined, probe };
}
