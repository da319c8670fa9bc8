import { createHash, timingSafeEqual } from 'node:crypto';
import type { Socket } from 'node:net';
import type { ExecuteUnit } from './shared-session.ts';
import {
  authenticationByPassword,
  fatalError,
  type WireMessage,
  WireMessageReader,
} from './wire-messages.ts';

export interface ServeClientParts {
  readonly socket: Socket;
  readonly password: string;
  readonly execute: ExecuteUnit;
}

const protocolVersion = 3 << 16;
const encryptionRequests = [80_877_103, 80_877_104];
const loginTimeoutMs = 5_000;
const badPassword = '28P01';
const protocolViolation = '08P01';

/**
 * Speaks Postgres' protocol with one client, until that goes. What belongs together, up to a Sync, is executed together:
 * all clients share the one session that the database has, and a statement without a name would be another client's by the
 * time it is run.
 */
export async function serveClient({ socket, password, execute }: ServeClientParts): Promise<void> {
  const messages = readMessages(socket);
  const startup = await logIn(messages, socket, password);
  if (!startup) return;
  socket.write((await execute(startup)).answer);
  let unit: Buffer[] = [];
  for await (const { type, bytes } of messages) {
    if (type === 'X') return;
    if (!'QPBDECSH'.includes(type)) {
      socket.end(
        fatalError(protocolViolation, `messages of type ${JSON.stringify(type)} are not understood here`),
      );
      return;
    }
    unit.push(bytes);
    if (type !== 'Q' && type !== 'S') continue;
    const { answer, leftTransaction } = await execute(Buffer.concat(unit));
    unit = [];
    socket.write(answer);
    if (leftTransaction) {
      socket.end(fatalError(protocolViolation, 'a transaction has to end with the message that begins it'));
      return;
    }
  }
}

type Messages = AsyncGenerator<WireMessage, void> & { reader: WireMessageReader };

function readMessages(socket: Socket): Messages {
  const reader = new WireMessageReader();
  const generator = (async function* () {
    for await (const chunk of socket) {
      reader.add(chunk as Buffer);
      for (let next = reader.next(); next; next = reader.next()) yield next;
    }
  })();
  return Object.assign(generator, { reader });
}

/** Resolves to the message that starts the session, or to nothing where the client is not let in. */
async function logIn(messages: Messages, socket: Socket, password: string): Promise<Buffer | undefined> {
  const timer = setTimeout(() => socket.destroy(), loginTimeoutMs);
  try {
    let startup: Buffer | undefined;
    for (;;) {
      const { value: message } = await messages.next();
      if (!message) return undefined;
      const code = message.bytes.readInt32BE(4);
      if (startup) {
        if (
          message.type === 'p' &&
          isSame(message.bytes.toString('utf8', 5, message.bytes.length - 1), password)
        )
          return startup;
        socket.end(fatalError(badPassword, 'the password is wrong'));
        return undefined;
      }
      if (encryptionRequests.includes(code)) {
        socket.write('N');
      } else if (code === protocolVersion) {
        startup = message.bytes;
        messages.reader.started();
        socket.write(authenticationByPassword());
      } else {
        // To cancel what another connection does, for one: there is nobody who could be interrupted.
        return undefined;
      }
    }
  } finally {
    clearTimeout(timer);
  }
}

function isSame(given: string, expected: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(given), hash(expected));
}
