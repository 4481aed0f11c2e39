import type { Socket } from 'node:net';

/** Cuts a connection with a TCP reset: what a crash on the other side looks like. */
export function resetSocket(socket: Socket): void {
  // libuv refuses a reset after a shutdown, and Node then never closes the handle.
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
