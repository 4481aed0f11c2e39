import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import type { ObjectBody, SignedRequest, SignRequest, StorageDriver } from '../driver.js';
import type { ConformanceOptions, ConformanceTarget } from './profile.js';

/** No step of a test takes longer on a store that works. */
const STEP_DEADLINE_MS = 20_000;

export interface TargetContext extends ConformanceTarget {
  readonly key: (name: string) => string;
  /** Sets the driver's clock this much ahead (or behind) of the real one. */
  readonly shiftClock: (ms: number) => void;
}

/** Registers a test that runs against a target of its own. */
export function testWithTarget(
  { test, createDriver, profile, now }: ConformanceOptions,
  name: string,
  body: (context: TargetContext) => Promise<void>,
): void {
  test(`${profile.name}: ${name}`, async () => {
    let shiftMs = 0;
    await using target = await createDriver({ now: () => now() + shiftMs });
    await body({
      ...target,
      key: (name) => `${target.prefix}${name}`,
      shiftClock: (ms) => {
        shiftMs = ms;
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
  });
}

export function stepDeadline(): AbortSignal {
  return AbortSignal.timeout(STEP_DEADLINE_MS);
}

/** Bytes that differ from seed to seed, and look random. */
export function bytesOf(seed: string, size: number): Uint8Array {
  const blocks: Buffer[] = [];
  for (let made = 0; made < size; made += 32) blocks.push(createHash('sha256').update(`${seed}/${made}`).digest());
  return Buffer.concat(blocks).subarray(0, size);
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export async function put(driver: StorageDriver, key: string, bytes: Uint8Array): Promise<'created' | 'exists'> {
  return driver.create(key, [bytes], { size: bytes.byteLength, sha256: sha256(bytes), signal: stepDeadline() });
}

/** The whole object; fails the test where it is absent or not as long as it says. */
export async function contentOf(driver: StorageDriver, key: string): Promise<Uint8Array> {
  const body = await driver.read(key, { signal: stepDeadline() });
  assert(body !== undefined, `${key} is absent`);
  return collect(body);
}

export async function collect(body: ObjectBody): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body.chunks) chunks.push(chunk);
  const whole = Buffer.concat(chunks);
  assert.equal(whole.byteLength, body.size, 'size and bytes of a body differ');
  return whole;
}

export function assertSameBytes(actual: Uint8Array, expected: Uint8Array, what: string): void {
  assert(
    Buffer.compare(actual, expected) === 0,
    `${what}: other bytes (${actual.byteLength}, not ${expected.byteLength})`,
  );
}

export async function assertAbsent(driver: StorageDriver, key: string): Promise<void> {
  assert.equal(await driver.stat(key, { signal: stepDeadline() }), undefined, `${key} is there`);
  assert.equal(await driver.read(key, { signal: stepDeadline() }), undefined, `${key} can be read`);
}

export async function assertRejects(promise: Promise<unknown>, code: string): Promise<void> {
  await assert.rejects(promise, (error: { code?: unknown; name?: unknown }) => {
    assert.equal(error.name, 'VelocityError', `not an error of ours: ${inspect(error)}`);
    assert.equal(error.code, code);
    return true;
  });
}

export async function keysOf(driver: StorageDriver, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of driver.list({ prefix, signal: stepDeadline() })) keys.push(key);
  return keys;
}

export async function signPut(
  driver: StorageDriver,
  key: string,
  bytes: Uint8Array,
  lifetimeMs = 60_000,
): Promise<SignedRequest> {
  const body = { size: bytes.byteLength, sha256: sha256(bytes) };
  return sign(driver, { method: 'PUT', key, lifetimeMs, body });
}

export async function sign(driver: StorageDriver, request: SignRequest): Promise<SignedRequest> {
  assert(driver.sign !== undefined, 'supports.sign, but there is no sign()');
  return driver.sign(request);
}
