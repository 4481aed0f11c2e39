import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  freePorts,
  startFaultProxy,
  startProcess,
  tempDir,
  type FaultProxy,
  type RunningProcess,
} from '@velocity/testing';
import type { Bundle } from './bundle.js';

/** The real gateway with the local driver, behind a line that can be made bad: every byte, blobs included, goes through the proxy. */
export interface Gateway extends AsyncDisposable {
  readonly url: string;
  readonly proxy: FaultProxy;
  readonly process: RunningProcess;
  /** Files of the store whose path contains `part`, such as `/cas/` for blobs and `/ac/` for records. */
  files(part: string): string[];
}

export async function startGateway(bundle: Bundle, env: Readonly<Record<string, string>> = {}): Promise<Gateway> {
  const storage = tempDir('velocity-gateway-store-');
  const [port = 0] = await freePorts(1);
  const proxy = await startFaultProxy({ target: `http://127.0.0.1:${port}` });
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--storage-dir', storage.path];
  const running = await startProcess(process.execPath, [bundle.program, ...args], {
    env: { VC_BASE_URL: proxy.url, ...env },
  });
  await running.waitForLine(/listening on/);
  return {
    url: proxy.url,
    proxy,
    process: running,
    files: (part) =>
      readdirSync(storage.path, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .filter((path) => path.includes(part)),
    [Symbol.asyncDispose]: async () => {
      await proxy[Symbol.asyncDispose]();
      await running[Symbol.asyncDispose]();
      storage[Symbol.dispose]();
    },
  };
}
