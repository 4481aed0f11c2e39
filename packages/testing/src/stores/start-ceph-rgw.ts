import { launchStore, type LaunchOptions } from './launch-store.js';
import type { RealStore } from './real-store.js';

const ACCESS_KEY = 'VELOCITYCEPH';

/** One monitor, one OSD in memory, one radosgw; up in one to two seconds, about 110 MB. Conditional PUTs are atomic. */
export function startCephRgw(options: LaunchOptions = {}): Promise<RealStore> {
  return launchStore(
    {
      kind: 'ceph',
      script: 'ceph-rgw.sh',
      portCount: 2,
      accessKeyId: ACCESS_KEY,
      arguments: (ports, secretAccessKey) => [...ports.map(String), ACCESS_KEY, secretAccessKey],
    },
    options,
  );
}
