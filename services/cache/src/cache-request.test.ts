import { expect, test } from 'vitest';
import { cacheOrder } from '../test/entry-harness.ts';
import { readCacheRequest } from './cache-request.ts';

test('of a request of more than a megabyte no key is made: it bypasses the cache', () => {
  const data = { model: 'm', messages: [{ role: 'user' as const, content: 'x'.repeat(1024 * 1024) }] };
  const body = Buffer.from(JSON.stringify(data));
  const envelope = { requestId: 'r', tenant: 'acme', cache: cacheOrder() } as never;
  expect(readCacheRequest({ data, body, envelope }, { hmacKey: Buffer.alloc(32), nowMs: 0 })).toBe(
    'too_large',
  );
});
