// @ts-check
import { once } from 'node:events';
import { connect } from 'node:net';

const HEAD_END = Buffer.from('\r\n\r\n');
const LENGTH = /\r\ncontent-length: *(\d+)/i;

/**
 * An answer. `body` is empty for HEAD.
 * @typedef {{ status: number, body: Buffer }} Answer
 */

/**
 * One connection that carries a request after the other, with as little work as Node allows: the client must not be what is measured.
 * Only answers with a Content-Length are understood.
 */
export class RawConnection {
  #socket;
  /** @type {Buffer[]} */
  #chunks = [];
  #received = 0;
  /** Bytes of the whole answer; 0 until its head is there. */
  #expected = 0;
  #bodyStart = 0;
  #status = 0;
  #isHead = false;
  /** @type {(answer: Answer) => void} */
  #onAnswer = () => undefined;

  /** @param {number} port @returns {Promise<RawConnection>} */
  static async open(port) {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    return new RawConnection(socket);
  }

  /** @param {import('node:net').Socket} socket */
  constructor(socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => this.#take(chunk));
    socket.on('error', (error) => this.#fail(error.message));
    socket.on('close', () => this.#fail('the connection was closed'));
  }

  /** One at a time. @param {Buffer} request @param {{ isHead?: boolean }} options @returns {Promise<Answer>} */
  ask(request, { isHead = false } = {}) {
    return new Promise((resolve) => this.askThen(request, isHead, resolve));
  }

  /** The same without a promise. A failure is status 0. @param {Buffer} request @param {boolean} isHead @param {(answer: Answer) => void} onAnswer */
  askThen(request, isHead, onAnswer) {
    this.#isHead = isHead;
    this.#onAnswer = onAnswer;
    this.#socket.write(request);
  }

  close() {
    this.#onAnswer = () => undefined;
    this.#socket.destroy();
  }

  /** @param {Buffer} chunk */
  #take(chunk) {
    this.#chunks.push(chunk);
    this.#received += chunk.length;
    if (this.#expected === 0 && !this.#readHead()) return;
    if (this.#received < this.#expected) return;
    const whole = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    const answer = { status: this.#status, body: whole.subarray(this.#bodyStart) };
    if (this.#received > this.#expected) answer.status = 0;
    this.#chunks = [];
    this.#received = 0;
    this.#expected = 0;
    this.#onAnswer(answer);
  }

  #readHead() {
    const whole = this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks);
    const end = whole?.indexOf(HEAD_END) ?? -1;
    if (whole === undefined || end === -1) return false;
    const head = whole.toString('latin1', 0, end);
    const length = LENGTH.exec(head)?.[1];
    this.#status = Number(head.slice(9, 12));
    this.#bodyStart = end + HEAD_END.length;
    this.#expected = this.#bodyStart + (this.#isHead ? 0 : Number(length));
    // Without a length its end cannot be seen: not an answer that this client can verify.
    if (Number.isNaN(this.#expected)) this.#fail('an answer without Content-Length');
    return true;
  }

  /** @param {string} message */
  #fail(message) {
    const onAnswer = this.#onAnswer;
    this.#onAnswer = () => undefined;
    onAnswer({ status: 0, body: Buffer.from(message) });
  }
}
