import { FakeClock } from '@weir/testkit/fake-clock';
import { expect, test } from 'vitest';
import { createLogger } from '../../logger.ts';
import { ConnectionRebalancer, type MovableConnection } from './connection-rebalancer.ts';

class Connection implements MovableConnection {
  canMove = true;
  server = 'a:4222';
  home = 'a:4222';
  isServerStopping = false;
  moves = 0;

  move(): Promise<void> {
    this.moves++;
    if (this.isServerStopping) this.server = 'b:4222';
    else this.server = this.home;
    this.isServerStopping = false;
    return Promise.resolve();
  }
}

function start({ random = () => 0.5 }: { random?: () => number } = {}) {
  const clock = new FakeClock();
  const connection = new Connection();
  const reachable = new Set(['a:4222', 'b:4222']);
  const asked: number[] = [];
  const rebalancer = new ConnectionRebalancer({
    connections: [connection],
    canReach: (server) => {
      asked.push(clock.nowMs());
      return Promise.resolve(reachable.has(server));
    },
    clock,
    logger: createLogger({ service: 'test', instance: 'test', level: 'silent' }),
    random,
  });
  return { clock, connection, reachable, asked, rebalancer };
}

test('a connection that is away from home goes back within 25 seconds of the server being there, and stays', async () => {
  const { clock, connection, reachable, asked } = start({ random: () => 0.99 });
  connection.server = 'b:4222';
  await clock.advanceAsync(25_000);
  expect(connection).toMatchObject({ server: 'a:4222', moves: 1 });
  reachable.clear();
  const asks = asked.length;
  await clock.advanceAsync(3_600_000);
  expect([connection.moves, asked.length]).toEqual([1, asks]);
});

test('a home that cannot be reached is tried less and less often, each 8 minutes at the least often, and costs no move', async () => {
  const { clock, connection, reachable, asked } = start();
  reachable.delete('a:4222');
  connection.server = 'b:4222';
  await clock.advanceAsync(3_600_000);
  const pauses = asked.slice(1).map((atMs, index) => atMs - (asked[index] ?? 0));
  expect(pauses).toEqual([...pauses].sort((one, other) => one - other));
  expect(pauses[0]).toBeLessThan(30_000);
  expect(pauses.at(-1)).toBeLessThan(480_000);
  expect(asked.length).toBeLessThan(20);
  expect(connection.moves).toBe(0);
});

test('a server that is about to stop is left within five seconds, long before it closes connections', async () => {
  const { clock, connection } = start({ random: () => 0.99 });
  connection.isServerStopping = true;
  await clock.advanceAsync(5_000);
  expect(connection).toMatchObject({ server: 'b:4222', moves: 1 });
});

test('without another server, and once it is stopped, nothing is moved', async () => {
  const { clock, connection, rebalancer } = start();
  connection.canMove = false;
  connection.isServerStopping = true;
  await clock.advanceAsync(60_000);
  connection.canMove = true;
  rebalancer.stop();
  await clock.advanceAsync(60_000);
  expect(connection.moves).toBe(0);
  expect(clock.waiting).toBe(0);
});
