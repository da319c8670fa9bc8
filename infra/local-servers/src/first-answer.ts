import { connect } from 'node:net';

/**
 * What a server on this machine says first, after `greeting` was sent to it; nothing where it refuses or is silent.
 * A listening port alone proves little: Docker's proxies accept connections long before the server behind them.
 */
export function firstAnswer(port: number, greeting: Uint8Array | string = ''): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: 1000 });
    const finish = (answer?: Buffer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => socket.write(greeting));
    socket.once('data', finish);
    for (const event of ['error', 'timeout', 'end']) {
      socket.once(event, () => {
        finish();
      });
    }
  });
}
