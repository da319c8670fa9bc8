import { MsgHdrsImpl } from '@nats-io/transport-node';

/** Ours have ten at most, dead letters some fifteen. */
const maxHeaderLines = 100;

/** All of a message together: there is room for an envelope with a routing config. */
const maxHeaderBytes = 1024 * 1024;

const newline = 0x0a;

const decode = MsgHdrsImpl.decode.bind(MsgHdrsImpl);

/**
 * Has the client read the headers of a message in no more than a millisecond, and never throw. Its own decoder looks through all
 * names for each that it adds, so that 100 KB of them take a second and a megabyte minutes, and it throws at names and values that
 * NATS carries all the same: in its callbacks, and again whenever a stored message is read. Here such headers are none.
 */
export function limitHeaders(): void {
  MsgHdrsImpl.decode = (block) => {
    if (block.length > maxHeaderBytes || hasMoreLines(block, maxHeaderLines)) return new MsgHdrsImpl();
    try {
      return decode(block);
    } catch {
      return new MsgHdrsImpl();
    }
  };
}

function hasMoreLines(block: Uint8Array, max: number): boolean {
  let lines = 0;
  for (let at = block.indexOf(newline); at !== -1; at = block.indexOf(newline, at + 1)) {
    if (++lines > max) return true;
  }
  return false;
}
