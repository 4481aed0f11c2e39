import { launchStore, type LaunchOptions } from './launch-store.js';
import type { RealStore } from './real-store.js';

/** Four servers, up in two to three seconds, about 250 MB. Conditional PUTs are answered 501. */
export function startSwift(options: LaunchOptions = {}): Promise<RealStore> {
  return launchStore(
    {
      kind: 'swift',
      script: 'swift-s3api.sh',
      portCount: 4,
      accessKeyId: 'test:tester',
      arguments: (ports, secretAccessKey) => [...ports.map(String), secretAccessKey],
    },
    options,
  );
}
