import type { Socket } from 'node:net';

/** `100 Continue`, which some servers send although nobody has asked for it. Undici takes it for the end of the connection. */
const statusLine = Buffer.from('HTTP/1.1 100');
const endOfHead = '\r\n\r\n';
/** A longer head is left to undici, which refuses it. */
const maxHeadBytes = 8 * 1024;

/**
 * Takes every `100 Continue` before an answer out of what is read from the socket. To be told of each request, since the
 * same bytes within an answer are a part of it.
 */
export function skipContinue(socket: Socket): { readonly expectHead: () => void } {
  const read = socket.read.bind(socket) as (size?: number) => Buffer | null;
  let isHeadDue = false;
  /** The beginning of what may be such a head. */
  let held: Buffer | undefined;
  socket.read = (size?: number): Buffer | null => {
    for (let piece = read(size); piece !== null; piece = read(size)) {
      if (!isHeadDue) return piece;
      const rest = afterContinue(held ? Buffer.concat([held, piece]) : piece);
      if (isWholeHead(rest)) {
        isHeadDue = false;
        held = undefined;
        return rest;
      }
      held = rest;
    }
    return null;
  };
  return {
    expectHead() {
      isHeadDue = true;
    },
  };
}

/** Whether what begins so is an answer, and not, as far as it goes, another `100 Continue`. */
function isWholeHead(bytes: Buffer): boolean {
  return (bytes.length > 0 && !isContinue(bytes)) || bytes.length > maxHeadBytes;
}

function afterContinue(bytes: Buffer): Buffer {
  let rest = bytes;
  while (isContinue(rest)) {
    const end = rest.indexOf(endOfHead);
    if (end === -1) return rest;
    rest = rest.subarray(end + endOfHead.length);
  }
  return rest;
}

function isContinue(bytes: Buffer): boolean {
  const length = Math.min(bytes.length, statusLine.length);
  return length > 0 && bytes.compare(statusLine, 0, length, 0, length) === 0;
}
