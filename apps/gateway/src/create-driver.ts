import { FsDriver, UrlSigner } from '@velocity/storage';
import type { StorageDriver } from '@velocity/storage';
import { unreachable } from '@velocity/core';
import type { StorageConfig } from './config/config.js';

export interface DriverOptions {
  /** Makes the local driver vend URLs of the gateway. */
  readonly urls?: { readonly baseUrl: string; readonly key: Uint8Array };
  readonly now: () => number;
  readonly random: () => number;
}

export interface OpenedStorage {
  readonly driver: StorageDriver;
  /** Where the gateway serves the blobs itself. */
  readonly urlSigner: UrlSigner | undefined;
}

/** Opens what the configuration names; loads the AWS SDK only for `s3`. @throws VelocityError `STORAGE_UNAVAILABLE` */
export async function createDriver(config: StorageConfig, options: DriverOptions): Promise<OpenedStorage> {
  const { urls, now, random } = options;
  switch (config.driver) {
    case 'local': {
      const signer = urls && new UrlSigner({ baseUrl: urls.baseUrl, secret: urls.key });
      return { driver: await FsDriver.open({ root: config.root, now, ...(signer && { signer }) }), urlSigner: signer };
    }
    case 's3': {
      const { S3Driver } = await import('@velocity/storage/s3');
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
      return { driver, urlSigner: undefined };
    }
    default:
      return unreachable(config);
  }
}
