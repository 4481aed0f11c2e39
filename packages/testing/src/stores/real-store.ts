import { isOnPath, environment } from '../environment.js';
import type { S3Target } from '../s3/s3-target.js';
import { startCephRgw } from './start-ceph-rgw.js';
import { startSwift } from './start-swift.js';

export type StoreKind = 'ceph' | 'swift';

/** A store that is a program of someone else's, on loopback, with one bucket. All of it ends with this process at the latest. */
export interface RealStore extends S3Target, AsyncDisposable {
  readonly kind: StoreKind;
  /** SIGKILL for what answers S3 requests: connections are refused from here on. What was stored is kept. */
  kill(): Promise<void>;
  /** Answers again, at the same address and with the same content; kills first what still runs. */
  restart(): Promise<void>;
  /** SIGSTOP for what answers S3 requests: connections are taken, nothing is answered. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** SIGKILL for everything; resolves when the processes and their folder are gone. Disposing does the same. */
  stop(): Promise<void>;
}

interface StoreProgram {
  readonly name: string;
  readonly commands: readonly string[];
  readonly packages: readonly string[];
  start(): Promise<RealStore>;
}

const PROGRAMS: Readonly<Record<StoreKind, StoreProgram>> = {
  ceph: {
    name: 'Ceph RGW',
    commands: ['radosgw', 'radosgw-admin', 'ceph-mon', 'ceph-osd', 'ceph', 'bash', 'curl'],
    packages: ['radosgw', 'ceph-mon', 'ceph-osd', 'ceph-common', 'curl'],
    start: () => startCephRgw(),
  },
  swift: {
    name: 'OpenStack Swift',
    commands: [
      'swift-proxy-server',
      'swift-account-server',
      'swift-container-server',
      'swift-object-server',
      'bash',
      'curl',
    ],
    packages: ['swift-proxy', 'swift-account', 'swift-container', 'swift-object', 'curl'],
    start: () => startSwift(),
  },
};

export function isStoreInstalled(kind: StoreKind): boolean {
  return PROGRAMS[kind].commands.every(isOnPath);
}

/**
 * Starts the store, or prints one line and returns undefined when it is not installed. With `VC_REQUIRE_REAL=1` a store that is
 * missing throws instead; one that is installed and does not start always throws.
 */
export async function realStore(kind: StoreKind): Promise<RealStore | undefined> {
  return reportMissing(kind) ? undefined : PROGRAMS[kind].start();
}

/** True, after saying so, when the store is not installed. */
export function reportMissing(kind: StoreKind): boolean {
  if (isStoreInstalled(kind)) return false;
  const { name, packages } = PROGRAMS[kind];
  const line = `${name} not installed (apt-get install -y --no-install-recommends ${packages.join(' ')})`;
  if (environment.requiresRealStores) throw new Error(`VC_REQUIRE_REAL=1, but ${line}`);
  process.stdout.write(`skipped: ${line}\n`);
  return true;
}
