import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createBucket } from '../s3/s3-request.js';
import type { S3Target } from '../s3/s3-target.js';
import { reportMissing, type StoreKind } from './real-store.js';
import { startCephRgw } from './start-ceph-rgw.js';
import { startSwift } from './start-swift.js';

export interface SharedStore extends S3Target {
  readonly kind: StoreKind;
}

const pending = new Map<StoreKind, Promise<S3Target>>();

/**
 * A bucket of one's own in a store that all callers in this process share; the store ends with the process. For tests that neither
 * kill nor pause it. Undefined, or an error, when it is not installed: see `realStore`.
 */
export async function sharedStore(kind: StoreKind): Promise<SharedStore | undefined> {
  if (reportMissing(kind)) return undefined;
  const started = pending.get(kind) ?? findOrStart(kind);
  pending.set(kind, started);
  const target = { ...(await started), bucket: `velocity-${randomUUID().slice(0, 8)}` };
  await createBucket(target);
  return { ...target, kind };
}

/** Jest gives each test file its own modules, in the same process: what outlives a file is found again by the process id. */
async function findOrStart(kind: StoreKind): Promise<S3Target> {
  const runDir = join(tmpdir(), `velocity-shared-${kind}-${process.pid}`);
  const note = join(runDir, 'target.json');
  const known = readNote(note);
  if (known !== undefined) return known;
  rmSync(runDir, { recursive: true, force: true });
  const { endpoint, region, accessKeyId, secretAccessKey, bucket } = await (
    kind === 'ceph' ? startCephRgw : startSwift
  )({ runDir });
  const target: S3Target = { endpoint, region, accessKeyId, secretAccessKey, bucket };
  writeFileSync(note, JSON.stringify(target), { mode: 0o600 });
  return target;
}

function readNote(path: string): S3Target | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as S3Target;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
