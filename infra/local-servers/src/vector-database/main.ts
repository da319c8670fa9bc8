import { createServer } from 'node:net';
import { openData } from './open-data.ts';
import { serveClient } from './serve-client.ts';
import { sharedSession } from './shared-session.ts';

/**
 * Postgres with pgvector in WebAssembly, as a server of its own: `node main.ts <folder> <host> <port>`, and the password in
 * WEIR_VECTOR_DATABASE_PASSWORD. It serves whole statements and no transactions: see ADR 21.
 */
const [folder = '', host = '127.0.0.1', port = '0'] = process.argv.slice(2);
const password = process.env['WEIR_VECTOR_DATABASE_PASSWORD'];
if (!folder || !password)
  throw new Error('usage: WEIR_VECTOR_DATABASE_PASSWORD=... node main.ts <folder> <host> <port>');

const database = await openData(folder, (text) => {
  process.stderr.write(`${text}\n`);
});

const execute = sharedSession(database);

/** It has nobody else who would: without, removed rows keep their place, and plans go by what the table was once. */
const vacuumIntervalMs = 3_600_000;
setInterval(() => {
  database.exec('vacuum (analyze)').catch((error: unknown) => {
    process.stderr.write(`cannot vacuum: ${String(error)}\n`);
  });
}, vacuumIntervalMs).unref();

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => socket.destroy());
  serveClient({ socket, password, execute })
    .catch((error: unknown) => {
      process.stderr.write(`lost a client: ${String(error)}\n`);
    })
    .finally(() => socket.destroy());
});
server.maxConnections = 200;
server.listen(Number(port), host);

const stop = async () => {
  server.close();
  await database.close();
  process.exit(0);
};
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop());
