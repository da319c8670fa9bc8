import { expect, test } from 'vitest';
import { isBeforeConnection, ownShortage } from './own-shortage.ts';
import { transportFault } from './outbound/transport-fault.ts';

const failed = (code: string, syscall = 'connect', options: ErrorOptions = {}) =>
  Object.assign(new Error(code, options), { code, syscall });

test.each(['EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS', 'EADDRNOTAVAIL', 'ENETDOWN', 'EAI_AGAIN', 'EPROXY'])(
  '%s is what this process lacks, and no failure of whoever was to be reached',
  (code) => {
    const fault = transportFault(failed(code), 'asking');
    expect(fault).toMatchObject({ code: 'resource_exhausted', owner: 'gateway', retryable: true });
    expect(fault.message).not.toContain(code);
  },
);

test.each(['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'])(
  '%s is the failure of whoever was to be reached',
  (code) => {
    expect(transportFault(failed(code), 'asking').code).toBe('upstream_unreachable');
  },
);

test('of a host with several addresses all have to have failed for want of something', () => {
  const of = (...codes: string[]) => new AggregateError(codes.map((code) => failed(code)));
  expect(ownShortage(of('EMFILE', 'EMFILE'))).toBe('EMFILE');
  expect(ownShortage(of('EMFILE', 'ECONNREFUSED'))).toBeUndefined();
  expect(ownShortage(new AggregateError([]))).toBeUndefined();
});

test('a shortage is found below what it was wrapped in, and a DNS server that refuses is one', () => {
  const wrapped = new Error('It has no address', { cause: failed('ECONNREFUSED', 'queryA') });
  expect(ownShortage(wrapped)).toBe('EAI_AGAIN');
  expect(isBeforeConnection(wrapped)).toBe(true);
});

test('what was lacking on a connection that stood already may have been sent', () => {
  expect(isBeforeConnection(failed('ENOBUFS', 'write'))).toBe(false);
  expect(isBeforeConnection(new Error('This process stood still'))).toBe(false);
  const timedOut = Object.assign(new Error('No connection'), { code: 'UND_ERR_CONNECT_TIMEOUT' });
  expect(isBeforeConnection(new Error('This process stood still', { cause: timedOut }))).toBe(true);
  expect(isBeforeConnection(failed('EMFILE'))).toBe(true);
  expect(isBeforeConnection(new AggregateError([failed('EMFILE'), failed('ENOBUFS', 'write')]))).toBe(false);
});
