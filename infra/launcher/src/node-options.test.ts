import { expect, test } from 'vitest';
import { parseNodeOptions } from './node-options.ts';

const parse = (...args: string[]) =>
  parseNodeOptions(args, { services: ['ingress', 'router'], profileFolder: '/state/profiles' });
const watching = ['--watch', '--watch-preserve-output'];

test('`npm start` runs services as they are', () => {
  const { argumentsFor, variables } = parse();
  expect(argumentsFor('router')).toEqual([]);
  expect(variables).toEqual({});
});

test('`npm run dev` watches all services, or those that are named', () => {
  expect(parse('--watch').argumentsFor('router')).toEqual(watching);
  expect(parse('--watch', 'router').argumentsFor('router')).toEqual(watching);
  expect(parse('--watch', 'router').argumentsFor('ingress')).toEqual([]);
  expect(parse('--watch').variables).toEqual({ WEIR_DRAIN_TIMEOUT_MS: '1000' });
});

test('a debugger and a profile are for one service', () => {
  const { argumentsFor } = parse('--watch', 'ingress', '--inspect', 'router', '--cpu-prof', 'ingress');
  expect(argumentsFor('router')).toEqual(['--inspect=127.0.0.1:9229']);
  expect(argumentsFor('ingress')).toEqual([...watching, '--cpu-prof', '--cpu-prof-dir=/state/profiles']);
});

test.each([
  ['--watch', 'rooter'],
  ['--inspect', 'rooter'],
  ['--cpu-prof', 'rooter'],
])('%s %s names the services that there are', (...args) => {
  expect(() => parse(...args)).toThrow('there is no service "rooter". There are: ingress, router');
});
