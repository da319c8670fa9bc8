import { errors } from '@nats-io/transport-node';
import { expect, test } from 'vitest';
import { connectionProblem, moreTelling } from './connection-problem.ts';

const server = new URL('tls://nats.example.com:4222');
const url = 'tls://router:hunter2@nats.example.com:4222';
const withCode = (code: string, message = code) => Object.assign(new Error(message), { code });
const problemOf = (error: unknown, settings = {}) => connectionProblem(error, server, { url, ...settings });

test.each<[string, Error, object, RegExp]>([
  [
    'a password',
    new errors.AuthorizationError('Authorization Violation'),
    {},
    /the user router of NATS_URL: check/,
  ],
  [
    'credentials',
    new errors.AuthorizationError('Authorization Violation'),
    { credentialsFile: '/etc/weir.creds' },
    /NATS_CREDS_FILE \(\/etc\/weir\.creds\)/,
  ],
  [
    'no user',
    new errors.AuthorizationError('Authorization Violation'),
    { url: 'nats://nats.example.com' },
    /nats:\/\/user:password@/,
  ],
  [
    'an expired user',
    new errors.UserAuthenticationExpiredError('User Authentication Expired'),
    {},
    /expired/,
  ],
  ['a slow sign-in', new errors.AuthorizationError('Authentication Timeout'), {}, /in time/],
])('what is refused is named where the reason is %s', (_, error, settings, words) => {
  const { code, message } = problemOf(error, settings);
  expect(code).toBe('bus_authentication_failed');
  expect(message).toMatch(words);
  expect(message).not.toContain('hunter2');
});

test.each([
  ['SELF_SIGNED_CERT_IN_CHAIN', /set NATS_CA_FILE/],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', /set NATS_CA_FILE/],
  ['CERT_HAS_EXPIRED', /renew it/],
  ['CERT_NOT_YET_VALID', /clocks/],
  ['ERR_TLS_CERT_ALTNAME_INVALID', /another name than nats\.example\.com:4222/],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', /certificate of its clients/],
  ['ERR_SSL_WRONG_VERSION_NUMBER', /tls \{\}/],
])('%s is the problem of a certificate, however it comes', (code, words) => {
  for (const error of [withCode(code), new errors.ConnectionError('x', { cause: withCode(code) })]) {
    expect(problemOf(error)).toEqual({
      code: 'bus_certificate_invalid',
      message: expect.stringMatching(words) as string,
    });
  }
});

test.each<[unknown, RegExp]>([
  [new errors.ConnectionError('connection refused', { cause: withCode('ECONNREFUSED') }), /nothing listens/],
  [withCode('ENOTFOUND'), /DNS/],
  [withCode('EHOSTUNREACH'), /network/],
  [new errors.TimeoutError(), /in time/],
  [withCode('ECONNRESET'), /closed the connection/],
  [new Error('unexpected response from server'), /another program/],
  [undefined, /closed/],
])('a server that cannot be reached is told with its address and the reason: %s', (error, words) => {
  const { code, message } = problemOf(error);
  expect(code).toBe('bus_disconnected');
  expect(message).toContain('nats.example.com:4222');
  expect(message).toMatch(words);
});

test.each([
  ['EMFILE', /ulimit -n/],
  ['EAI_AGAIN', /DNS/],
])('what this process lacks itself is not blamed on the server: %s', (code, words) => {
  expect(problemOf(new errors.ConnectionError('x', { cause: withCode(code) }))).toEqual({
    code: 'resource_exhausted',
    message: expect.stringMatching(words) as string,
  });
});

test('of the failures at several servers, what has to be mended is told before what is down', () => {
  const down = problemOf(withCode('ECONNREFUSED'));
  const refused = problemOf(new errors.AuthorizationError('Authorization Violation'));
  expect(moreTelling(down, refused)).toBe(refused);
  expect(moreTelling(refused, down)).toBe(refused);
  expect(moreTelling(undefined, down)).toBe(down);
});
