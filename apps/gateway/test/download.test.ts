/** Blobs of the file store over HTTP, which go from disk to socket without web streams. */
import { readdirSync, readlinkSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { blobObjectKey, FsDriver } from '@velocity/storage';
import { digestOf } from '@velocity/core';
import { tempDir } from '@velocity/testing';
import { HttpServer } from '../src/http-server.js';
import { RawClient } from './support/raw-client.js';
import { createRig, metric } from './support/rig.js';
import type { Rig, RigOptions } from './support/rig.js';

interface Site extends AsyncDisposable {
  readonly rig: Rig;
  readonly port: number;
  readonly root: string;
  /** Stores a blob; its path and query, signed. */
  put(bytes: Buffer): Promise<string>;
}

async function openSite(options: RigOptions = {}): Promise<Site> {
  const rig = await createRig(options);
  const dir = tempDir();
  const signer = rig.context.urlSigner;
  const driver = await FsDriver.open({
    root: dir.path,
    now: () => rig.clock.ms,
    durable: false,
    ...(signer && { signer }),
  });
  rig.context.storage.replaceDriver(driver);
  const handle = (request: Request, node: object) => rig.app.fetch(request, node);
  const server = await HttpServer.listen({ bind: '127.0.0.1', port: 0, maxConnections: 100, handle });
  return {
    rig,
    port: server.port,
    root: dir.path,
    async put(bytes) {
      const key = blobObjectKey('default', 'trusted', digestOf(bytes));
      await driver.create(key, [bytes], { size: bytes.byteLength });
      const { url } = await rig.context.storage.sign({ method: 'GET', key, lifetimeMs: 60_000 });
      return url.replace('http://gateway.test', '');
    },
    async [Symbol.asyncDispose]() {
      server.destroy();
      await server.close();
      await driver[Symbol.asyncDispose]();
      dir[Symbol.dispose]();
    },
  };
}

/** Files below `root` that this process has open. */
function openFiles(root: string): string[] {
  return readdirSync('/proc/self/fd').flatMap((name) => {
    try {
      const target = readlinkSync(join('/proc/self/fd', name));
      return target.startsWith(join(root, 'v1')) ? [target] : [];
    } catch {
      // It was the descriptor of this very listing.
      return [];
    }
  });
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

const noise = (size: number): Buffer => Buffer.alloc(size, `${size} bytes, none of which is like the next one\n`);

describe('GET of a blob in the file store', () => {
  test('brings every byte, whatever the size, to many at once', async () => {
    await using site = await openSite();
    const slab = 256 * 1024;
    const sizes = [1, slab, slab + 1, 2 * slab, 4 * slab, 4 * slab + 1, 9 * slab + 7];
    const blobs = await Promise.all(sizes.map(async (size) => ({ size, path: await site.put(noise(size)) })));
    const digests = await Promise.all(
      [...blobs, ...blobs, ...blobs].map(async ({ path }) => {
        const response = await fetch(`http://127.0.0.1:${site.port}${path}`);
        return digestOf(Buffer.from(await response.arrayBuffer()));
      }),
    );
    const expected = sizes.map((size) => digestOf(noise(size)));
    expect(digests).toEqual([...expected, ...expected, ...expected]);
    const sum = sizes.reduce((total, size) => total + size, 0);
    expect(await metric(site.rig, 'vc_proxy_bytes_total{direction="out"}')).toBe(3 * sum);
    expect(openFiles(site.root)).toEqual([]);
  });

  test('serves the next request on the same connection', async () => {
    await using site = await openSite();
    const path = await site.put(noise(600_000));
    using client = await RawClient.open(site.port);
    const get = `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`;
    client.send(get + get);
    await until(() => client.received.length > 1_200_000);
    expect(client.received.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
  });

  test('ends for a client that stops reading, and one that goes away; no file stays open', async () => {
    await using site = await openSite({ limits: { idleTimeoutMs: 100 } });
    const path = await site.put(noise(30_000_000));
    for (const isGone of [true, false]) {
      using client = await RawClient.open(site.port);
      client.pause();
      client.send(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`);
      await until(() => openFiles(site.root).length > 0);
      if (isGone) client[Symbol.dispose]();
      await until(() => openFiles(site.root).length === 0);
    }
    expect(site.rig.log.filter(({ msg }) => msg === 'a download broke off')).toEqual([]);
  });

  test('ends for a client that goes away while a second answer waits for the first', async () => {
    await using site = await openSite();
    const path = await site.put(noise(30_000_000));
    using client = await RawClient.open(site.port);
    client.pause();
    const get = `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`;
    client.send(get + get);
    await until(() => openFiles(site.root).length === 2);
    client[Symbol.dispose]();
    await until(() => openFiles(site.root).length === 0);
  });

  test('a file that becomes shorter cuts the connection and is told of', async () => {
    await using site = await openSite();
    const bytes = noise(50_000_000);
    const path = await site.put(bytes);
    const digest = digestOf(bytes);
    const response = await fetch(`http://127.0.0.1:${site.port}${path}`);
    truncateSync(join(site.root, `v1/default/t/cas/${digest.slice(0, 2)}/${digest}`), 1);
    await expect(response.arrayBuffer()).rejects.toThrow();
    await until(() => openFiles(site.root).length === 0);
    expect(site.rig.log).toContainEqual(expect.objectContaining({ msg: 'a download broke off' }));
    expect(await metric(site.rig, 'vc_storage_errors_total{operation="read",kind="storage_unavailable"}')).toBe(1);
  });

  test('keeps no connection of a server that stops', async () => {
    await using site = await openSite();
    const path = await site.put(noise(600_000));
    site.rig.draining.abort();
    const response = await fetch(`http://127.0.0.1:${site.port}${path}`);
    expect(response.headers.get('connection')).toBe('close');
    expect((await response.arrayBuffer()).byteLength).toBe(600_000);
  });
});
