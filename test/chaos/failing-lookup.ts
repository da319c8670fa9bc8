import dns from 'node:dns';
import { existsSync } from 'node:fs';

/** Loaded into a process before anything else (`--import`): looks no name up for as long as the file is there, as where a host's own DNS is away. */
const file = process.env['CHAOS_LOOKUPS_FAIL'] ?? '';
const lookup = dns.lookup;

dns.lookup = Object.assign(
  (...given: Parameters<typeof lookup>) => {
    if (!existsSync(file)) {
      lookup(...given);
      return;
    }
    const error = Object.assign(new Error('getaddrinfo EAI_AGAIN'), {
      code: 'EAI_AGAIN',
      syscall: 'getaddrinfo',
    });
    const callback = given.at(-1) as unknown as (error: Error) => void;
    process.nextTick(callback, error);
  },
  { __promisify__: lookup.__promisify__ },
) as typeof lookup;
