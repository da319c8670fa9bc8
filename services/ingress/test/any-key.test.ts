import { once } from 'node:events';
import { request } from 'node:http';
import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { systemClock } from '@weir/service-kit/clock';
import { startIngress, type Ingress } from './harness.ts';
import { adminKeyText, keyText, testKey } from './keys.ts';

/** Nobody waits in these tests: delays are another's promise. */
const clock = { ...systemClock, after: (_delayMs: number, task: () => void) => systemClock.after(0, task) };

let ingress: Ingress;
beforeEach(async () => {
  ingress = await startIngress({ WEIR_ADMIN_KEY: 'an-admin-key-of-tests' }, { clock });
});

/** Sends a header as these very bytes, which `fetch` would not. */
async function statusOf(path: string, name: string, value: Buffer | string): Promise<number | undefined> {
  const sent = request({ port: ingress.port, path, method: 'GET', agent: false });
  sent.setHeader(name, typeof value === 'string' ? value : value.toString('latin1'));
  sent.end();
  const [response] = (await once(sent, 'response')) as [{ statusCode?: number; resume: () => void }];
  response.resume();
  return response.statusCode;
}

/** What HTTP lets stand in a header. */
const bytes = fc
  .uint8Array({ maxLength: 200 })
  .map((given) => Buffer.from(given.filter((byte) => byte === 9 || (byte >= 32 && byte !== 127))));

const near = fc
  .tuple(fc.constantFrom(testKey, keyText('abcd1234'), adminKeyText('abcd1234')), fc.nat(70), bytes)
  .map(([key, at, insert]) =>
    Buffer.concat([Buffer.from(key.slice(0, at)), insert, Buffer.from(key.slice(at + 1))]),
  );

const nasty = fc.constantFrom(
  "' OR '1'='1' --",
  "sk-weir-abcd1234-'; DROP TABLE virtual_keys; --",
  'sk-weir-__proto__-x',
  '${jndi:ldap://x}',
  '../../etc/passwd',
  'null',
  '{"$gt":""}',
  '%00%0d%0aset-cookie:a=b',
  'ключ',
  'x'.repeat(16_000),
  `sk-weir-abcd1234-${'A'.repeat(10_000)}`,
  'Bearer '.repeat(1_000),
  ' '.repeat(8_000),
);

const value = fc.oneof(
  bytes,
  near,
  nasty.map((text) => Buffer.from(text)),
);

test.each(['/v1/models', '/admin/v1/status'])(
  '%s: any value of any header that may hold a key is a 401, and never anything else',
  async (path) => {
    await fc.assert(
      fc.asyncProperty(
        value,
        fc.constantFrom('authorization', 'x-api-key', 'api-key'),
        fc.constantFrom('', 'Bearer ', 'bearer   ', 'Basic '),
        async (given, name, scheme) => {
          fc.pre(!given.includes(testKey));
          const whole = name === 'authorization' ? Buffer.concat([Buffer.from(scheme), given]) : given;
          expect(await statusOf(path, name, whole)).toBe(401);
        },
      ),
      { numRuns: 300 },
    );
    expect(ingress.bus.calls).toEqual([]);
  },
  60_000,
);
