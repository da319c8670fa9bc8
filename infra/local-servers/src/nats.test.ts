import { expect, test } from 'vitest';
import { assertVersion } from './nats.ts';

test.each(['2.9.10', '2.9.11', '2.10.0', '2.12.1-RC.3', '3.0.0'])(
  'nats-server %s is good enough',
  (version) => {
    expect(() => {
      assertVersion(version);
    }).not.toThrow();
  },
);

test.each(['2.9.9', '2.8.99', '1.99.99'])('nats-server %s is refused, with what is needed', (version) => {
  expect(() => {
    assertVersion(version);
  }).toThrow(`nats-server ${version} is too old: Weir needs 2.9.10 or newer`);
});
