import { connect } from 'node:net';
import type { Socket } from 'node:net';

/** A client that sends what it is told, byte for byte, and shows what came back. */
export class RawClient implements Disposable {
  readonly #socket: Socket;
  #received = '';
  readonly #closed: Promise<void>;

  static open(port: number): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => resolve(new RawClient(socket)));
      socket.once('error', reject);
    });
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => (this.#received += text));
    // A reset is one of the ways in which a server ends it.
    socket.on('error', () => undefined);
    this.#closed = new Promise((resolve) => socket.once('close', () => resolve()));
  }

  get received(): string {
    return this.#received;
  }

  send(text: string | Uint8Array): void {
    this.#socket.write(text);
  }

  /** Reads nothing from now on. */
  pause(): void {
    this.#socket.pause();
  }

  /** What has come once it matches. */
  async until(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.#received)) {
      await new Promise<void>((resolve, reject) => {
        const onClose = (): void => reject(new Error(`closed after: ${this.#received}`));
        this.#socket.once('close', onClose);
        this.#socket.once('data', () => {
          this.#socket.off('close', onClose);
          resolve();
        });
      });
    }
    return this.#received;
  }

  /** Resolves when the server has ended the connection. */
  closed(): Promise<void> {
    return this.#closed;
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}

/** The head of a PUT to a signed URL. */
export function putHead(url: string, headers: Readonly<Record<string, string>>): string {
  const { pathname, search, host } = new URL(url);
  const lines = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `PUT ${pathname}${search} HTTP/1.1\r\n${lines.join('')}\r\n`;
}
