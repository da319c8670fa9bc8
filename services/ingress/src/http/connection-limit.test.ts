import { EventEmitter } from 'node:events';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { ConnectionLimit, connectionsPossible } from './connection-limit.ts';

function stand(max: number) {
  const noted: unknown[] = [];
  const server = new EventEmitter();
  const limit = new ConnectionLimit({ max, shortages: { note: (thrown) => void noted.push(thrown) } });
  limit.watch(server as never);
  const connect = () => {
    const socket = new Socket();
    server.emit('connection', socket);
    return socket;
  };
  const codeOn = (socket: Socket, url = '/v1/chat/completions') => limit.refuse({ socket, url })?.code;
  return { noted, server, connect, codeOn };
}

test('whoever connects beyond the limit is told so and when to come again, and all others are served', () => {
  const { noted, connect, codeOn } = stand(2);
  const [first, second, third] = [connect(), connect(), connect()];
  expect([codeOn(first), codeOn(second), codeOn(third)]).toEqual([
    undefined,
    undefined,
    'resource_exhausted',
  ]);
  expect(noted).toMatchObject([{ code: 'EMFILE' }]);
  first.emit('close');
  third.emit('close');
  expect(codeOn(connect())).toBeUndefined();
});

test('operators and balancers are answered on whatever connection', () => {
  const { connect, codeOn } = stand(0);
  const socket = connect();
  expect(['/ready', '/health', '/metrics?x=1'].map((url) => codeOn(socket, url))).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(codeOn(socket, '/readyish')).toBe('resource_exhausted');
});

test('a connection that cannot be accepted is the end of nothing', () => {
  const { noted, server } = stand(2);
  expect(server.emit('error', Object.assign(new Error('accept ENFILE'), { code: 'ENFILE' }))).toBe(true);
  expect(noted).toMatchObject([{ code: 'ENFILE' }]);
});

test('the limit is what the process may open, less what it has open and needs itself', () => {
  expect(connectionsPossible()).toBeGreaterThan(0);
});
