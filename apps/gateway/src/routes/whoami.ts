import { MAX_BATCH_ITEMS } from '@velocity/protocol';
import type { Whoami } from '@velocity/protocol';
import type { Handler } from 'hono';
import type { GatewayContext } from '../context.js';
import type { GatewayEnv } from '../gateway-env.js';
import { scopeOf } from '../principals.js';
import { VERSION } from '../version.js';

export function whoamiRoute(context: GatewayContext): Handler<GatewayEnv> {
  return (c) => {
    const { name, role, namespace, writes } = c.get('principal');
    const { maxArtifactSize, maxBlobSize } = context.limits;
    const whoami: Whoami = {
      name,
      role,
      namespace,
      scope: writes === undefined ? null : scopeOf(writes),
      limits: { maxArtifactSize, maxBlobSize, maxBatchItems: MAX_BATCH_ITEMS },
      serverTime: new Date(context.now()).toISOString(),
      version: VERSION,
      publicKeys: [],
    };
    return c.json(whoami);
  };
}
