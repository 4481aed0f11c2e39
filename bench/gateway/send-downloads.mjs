// @ts-check
/** @import { Download, LoadResult } from './types.d.ts' */
import { connect } from 'node:net';
import { summarize } from './latencies.mjs';

const READ_BYTES = 1 << 20;
const HEAD_END = '\r\n\r\n';

/** GETs over and over; counts the bytes and throws them away. @param {Download} download @returns {Promise<LoadResult>} */
export async function sendDownloads({ port, paths, sizeBytes, connections, durationMs }) {
  /** @type {number[]} */
  const latencies = [];
  /** @type {string | undefined} */
  let wrong;
  const started = performance.now();
  const end = started + durationMs;
  await Promise.all(
    Array.from({ length: connections }, async (_, index) => {
      const reader = new ByteCounter(port);
      for (let turn = index; performance.now() < end && wrong === undefined; turn += 1) {
        const sentMs = performance.now();
        const { status, length } = await reader.get(paths[turn % paths.length] ?? '/');
        latencies.push(performance.now() - sentMs);
        if (status !== 200 || length !== sizeBytes) wrong ??= `status ${status}, ${length} of ${sizeBytes} bytes`;
      }
      reader.close();
    }),
  );
  return summarize(latencies, performance.now() - started, wrong);
}

/** A connection that reads into one buffer over and over, so that receiving costs a copy and nothing more. */
class ByteCounter {
  #head = '';
  #left = -1;
  #length = 0;
  #status = 0;
  /** @type {(answer: { status: number, length: number }) => void} */
  #onEnd = () => undefined;
  #socket;

  /** @param {number} port */
  constructor(port) {
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
    this.#socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      onread: {
        buffer,
        callback: (size) => {
          this.#take(buffer, size);
          return true;
        },
      },
    });
    this.#socket.on('error', () => this.#end(0));
    this.#socket.on('close', () => this.#end(0));
  }

  /** @param {string} path @returns {Promise<{ status: number, length: number }>} status 0 when it broke off */
  get(path) {
    return new Promise((resolve) => {
      this.#onEnd = resolve;
      this.#socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${this.#socket.remotePort ?? 0}\r\n\r\n`);
    });
  }

  close() {
    this.#onEnd = () => undefined;
    this.#socket.destroy();
  }

  /** @param {Buffer} buffer @param {number} size */
  #take(buffer, size) {
    let taken = 0;
    if (this.#left === -1) {
      this.#head += buffer.toString('latin1', 0, size);
      const at = this.#head.indexOf(HEAD_END);
      if (at === -1) return;
      taken = size - (this.#head.length - at - HEAD_END.length);
      this.#status = Number(this.#head.slice(9, 12));
      this.#left = Number(/\r\ncontent-length: *(\d+)/i.exec(this.#head.slice(0, at))?.[1] ?? 0);
    }
    this.#length += size - taken;
    this.#left -= size - taken;
    if (this.#left <= 0) this.#end(this.#left === 0 ? this.#status : 0);
  }

  /** @param {number} status */
  #end(status) {
    const answer = { status, length: this.#length };
    this.#head = '';
    this.#left = -1;
    this.#length = 0;
    const onEnd = this.#onEnd;
    this.#onEnd = () => undefined;
    onEnd(answer);
  }
}
