import { randomBytes, randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { withDeadline } from '../deadline.js';
import { freePorts } from '../network/listen-on-free-port.js';
import { startProcess, type RunningProcess } from '../process/start-process.js';
import { createBucket } from '../s3/s3-request.js';
import type { S3Target } from '../s3/s3-target.js';
import type { RealStore, StoreKind } from './real-store.js';

export interface StoreScript {
  readonly kind: StoreKind;
  /** In the folder `stores` of this package. */
  readonly script: string;
  /** How many free ports it wants; the first is that of the S3 endpoint. */
  readonly portCount: number;
  readonly accessKeyId: string;
  /** What the script is called with, after the folder it may use. */
  arguments(ports: readonly number[], secretAccessKey: string): readonly string[];
}

export interface LaunchOptions {
  /** Must not exist yet; removed at the end. Default: one of its own below the system's temporary folder. */
  readonly runDir?: string;
}

const START_TIMEOUT_MS = 60_000;
const ATTEMPTS = 3;

/** Runs a store script (see stores/supervise.sh for what it promises) until disposed of, and creates the bucket. */
export async function launchStore(script: StoreScript, options: LaunchOptions = {}): Promise<RealStore> {
  const runDir = options.runDir ?? join(tmpdir(), `velocity-${script.kind}-${randomUUID().slice(0, 8)}`);
  for (let attempt = 1; ; attempt += 1) {
    const ports = await freePorts(script.portCount);
    try {
      return await launchOnce(script, runDir, ports);
    } catch (error) {
      // Between finding a free port and the daemon binding it, another program may take it; a store would refuse our bucket.
      const isPortTaken = /address already in use|unable to bind|could not bind|cannot create/i.test(
        (error as Error).message,
      );
      if (!isPortTaken || attempt === ATTEMPTS) throw error;
    }
  }
}

async function launchOnce(script: StoreScript, runDir: string, ports: readonly number[]): Promise<RealStore> {
  // Of its own: a store of another test that took the port meanwhile would refuse it.
  const secretAccessKey = randomBytes(15).toString('hex');
  const path = fileURLToPath(new URL(`../../stores/${script.script}`, import.meta.url));
  const running = await startProcess('bash', [path, runDir, ...script.arguments(ports, secretAccessKey)], {
    cwd: '/',
    env: { LC_ALL: 'C', HOME: runDir },
  });
  const end = (): Promise<void> => endStore(running, runDir);
  const target: S3Target = {
    endpoint: `http://127.0.0.1:${ports[0]}`,
    region: 'us-east-1',
    accessKeyId: script.accessKeyId,
    secretAccessKey,
    bucket: `velocity-${randomUUID().slice(0, 8)}`,
  };
  try {
    await running.waitForLine(/^ready$/m, { timeoutMs: START_TIMEOUT_MS });
    await createBucket(target);
  } catch (error) {
    await end();
    throw error;
  }
  running.unref();

  const say = commandLine(running);
  return {
    ...target,
    kind: script.kind,
    kill: () => say('kill'),
    restart: () => say('restart'),
    pause: () => say('pause'),
    resume: () => say('resume'),
    stop: end,
    [Symbol.asyncDispose]: end,
  };
}

/** One verb at a time; each is answered by a line of its own, so the answers are counted. */
function commandLine(running: RunningProcess): (verb: string) => Promise<void> {
  let count = 0;
  let previous: Promise<unknown> = Promise.resolve();
  const once = async (verb: string): Promise<void> => {
    count += 1;
    running.stdin.write(`${verb}\n`);
    await running.waitForLine(new RegExp(`(?:^done .*\\n[^]*?){${count}}`, 'm'), { timeoutMs: START_TIMEOUT_MS });
  };
  return (verb) => {
    const next = previous.then(() => once(verb));
    previous = next.catch(() => undefined);
    return next;
  };
}

/** Tells the script to kill its daemons and to remove its folder; in the middle of starting it hears only the signal. */
async function endStore(running: RunningProcess, runDir: string): Promise<void> {
  running.stdin.end();
  running.kill('SIGTERM');
  try {
    await withDeadline(running.result, 15_000, () => `the store in ${runDir} did not stop`);
  } finally {
    await running[Symbol.asyncDispose]();
    rmSync(runDir, { recursive: true, force: true, maxRetries: 3 });
  }
}
