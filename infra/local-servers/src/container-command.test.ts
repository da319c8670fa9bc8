import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { containerCommand } from './container-command.ts';
import { nats } from './nats.ts';
import { newNatsPasswords } from './nats-users.ts';

test('a container gets the same paths and port as a process would, and no password on its command line', () => {
  const passwords = newNatsPasswords(['router']);
  const kind = nats(passwords);
  const own = kind.arguments({ host: '0.0.0.0', port: 17_000, dataFolder: '/state' });
  const configFolder = dirname(own[1] ?? '');

  const { command, args, env } = containerCommand(kind, {
    image: 'nats:2',
    port: 17_000,
    dataFolder: '/state',
  });

  expect([command, args[0]]).toEqual(['docker', 'run']);
  const line = args.join(' ');
  expect(line).toContain('--publish 127.0.0.1:17000:17000');
  expect(line).toContain(`--volume /state:/state --volume ${configFolder}:${configFolder}:ro`);
  expect(line).toContain(`nats:2 nats-server ${own.join(' ')}`);
  expect(line).toContain('--env WEIR_NATS_ROUTER_PASSWORD');
  expect(line).not.toContain(passwords['router']);
  expect(env).toMatchObject({ WEIR_NATS_ROUTER_PASSWORD: passwords['router'] });
});
