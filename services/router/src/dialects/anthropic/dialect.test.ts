import { expect, test } from 'vitest';
import { version20261021 } from './request.ts';
import { anthropicDialect, createAnthropicDialect } from './dialect.ts';

test('the version that takes a temperature is spoken by default', () => {
  expect(anthropicDialect.headers('sk-1')).toEqual({
    'anthropic-version': '2023-06-01',
    'x-api-key': 'sk-1',
  });
});

test('the version of the SDK sends its credential as a bearer token', () => {
  expect(createAnthropicDialect(version20261021).headers('sk-1')).toEqual({
    'anthropic-version': '2026-10-21',
    authorization: 'Bearer sk-1',
  });
});

test('a host without a key is sent none', () => {
  expect(anthropicDialect.headers(undefined)).toEqual({ 'anthropic-version': '2023-06-01' });
});
