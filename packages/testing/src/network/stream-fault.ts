import { setTimeout as delay } from 'node:timers/promises';
import type { Socket } from 'node:net';

import { resetSocket } from './reset-socket.js';

/** What happens to the bytes of one direction; offsets count from 0 on each connection, HTTP headers included. */
export interface StreamFault {
  /** Both sides see a TCP reset once so many bytes have passed. */
  readonly resetAfterBytes?: number;
  /** Both sides see an orderly end once so many bytes have passed. */
  readonly truncateAfterBytes?: number;
  /** Nothing passes any more once so many bytes have; the connection stays open. */
  readonly stallAfterBytes?: number;
  /** This byte arrives inverted. */
  readonly flipByteAt?: number;
  readonly bytesPerSecond?: number;
  /** Each piece waits so long before it is passed on. */
  readonly latencyMs?: number;
}

export interface PumpEnds {
  readonly from: Socket;
  readonly to: Socket;
}

export interface PumpHooks {
  /** Looked at before each piece, so that a change takes effect in the middle of a connection. */
  readonly fault: () => StreamFault;
  readonly onBytes: (count: number) => void;
  /** A reset, a truncation, a stall or a flip has happened. */
  readonly onStruck: () => void;
}

/** Carries bytes from one socket to the other until an end or a fault. */
export async function pump({ from, to }: PumpEnds, hooks: PumpHooks): Promise<void> {
  let passed = 0;
  try {
    // Left to itself the iterator would destroy the whole socket when its reading half ends.
    for await (const piece of from.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      for (const chunk of pieces(piece, hooks.fault().bytesPerSecond)) {
        const fault = hooks.fault();
        if (fault.latencyMs !== undefined) await delay(fault.latencyMs);
        const limit = limitOf(fault);
        const allowed = chunk.subarray(0, Math.max(0, limit - passed));
        const flipped = flip(allowed, (fault.flipByteAt ?? -1) - passed);
        if (flipped !== allowed) hooks.onStruck();
        if (flipped.length > 0) await write(to, flipped);
        passed += flipped.length;
        hooks.onBytes(flipped.length);
        if (passed >= limit) {
          hooks.onStruck();
          await strike({ from, to }, fault);
          return;
        }
        if (fault.bytesPerSecond !== undefined) await delay((1000 * chunk.length) / fault.bytesPerSecond);
      }
    }
    to.end();
  } catch {
    // Either side went away: the other one learns it the same way.
    to.destroy();
  }
}

function limitOf(fault: StreamFault): number {
  const limits = [fault.resetAfterBytes, fault.truncateAfterBytes, fault.stallAfterBytes];
  return Math.min(...limits.map((limit) => limit ?? Number.POSITIVE_INFINITY));
}

async function strike({ from, to }: PumpEnds, fault: StreamFault): Promise<void> {
  const limit = limitOf(fault);
  if (fault.stallAfterBytes === limit) {
    await new Promise<void>((resolve) => {
      for (const socket of [from, to]) socket.once('close', () => resolve());
    });
  } else if (fault.resetAfterBytes === limit) {
    resetSocket(to);
    resetSocket(from);
  } else {
    to.end();
    from.destroy();
  }
}

/** A slow line carries small pieces, ten a second. */
function* pieces(bytes: Buffer, bytesPerSecond: number | undefined): Generator<Buffer> {
  const step = bytesPerSecond === undefined ? bytes.length : Math.max(1, Math.floor(bytesPerSecond / 10));
  for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step);
}

function flip(chunk: Buffer, at: number): Buffer {
  const byte = chunk[at];
  if (byte === undefined) return chunk;
  const copy = Buffer.from(chunk);
  copy[at] = byte ^ 0xff;
  return copy;
}

async function write(to: Socket, chunk: Buffer): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    to.write(chunk, (error) => (error ? reject(error) : resolve()));
  });
}
