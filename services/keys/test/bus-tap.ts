import { connect } from 'node:net';
import { once } from 'node:events';

/** Everything that is said on a NATS server from now on, as the bytes of its protocol. */
export async function tapBus(url: string) {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  const heard: Buffer[] = [];
  let isSubscribed: (() => void) | undefined;
  const subscribed = new Promise<void>((resolve) => (isSubscribed = resolve));
  socket.on('data', (bytes: Buffer) => {
    heard.push(bytes);
    const text = bytes.toString('latin1');
    if (text.includes('PING\r\n')) socket.write('PONG\r\n');
    if (text.includes('PONG\r\n')) isSubscribed?.();
  });
  socket.write('CONNECT {"verbose":false,"headers":true,"no_responders":true}\r\nSUB > 1\r\nPING\r\n');
  await subscribed;
  return {
    heard: () => Buffer.concat(heard).toString('latin1'),
    close: () => {
      socket.destroy();
    },
  };
}
