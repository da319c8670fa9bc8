import { firstAnswer } from './first-answer.ts';
import { redisServer } from './program.ts';
import type { ServerKind } from './server-kind.ts';

/** A redis-server without a password, whose data outlive it. */
export const redis: ServerKind = {
  program: redisServer,
  stopSignal: 'SIGTERM',
  url: (port) => `redis://127.0.0.1:${port}`,
  arguments: ({ host, port, dataFolder }) => [
    // It listens on the loopback interface or inside a container; its protected mode would refuse the latter's clients.
    ...['--bind', host, '--port', String(port), '--protected-mode', 'no', '--dir', dataFolder],
    // Snapshots would lose the last minutes; the log of commands loses the last second at most.
    ...['--save', '', '--appendonly', 'yes'],
  ],
  answers: async (port) => String(await firstAnswer(port, 'PING\r\n')).startsWith('+PONG'),
};
