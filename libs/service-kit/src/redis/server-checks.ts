/** Debian 11's would be older; ours and every managed one is not. Users, and thus rights, came with 6.0. */
const oldestVersion = 6.2;

/** What a Redis tells of itself by INFO, as far as it matters. */
export interface ServerFacts {
  readonly version: string;
  /** Another one after every start of the server, and at another server: what it holds may not be what was written. */
  readonly runId: string;
  readonly role: 'master' | 'replica';
  readonly evictionPolicy: string | undefined;
  readonly isAppendOnly: boolean;
}

export function readServerFacts(info: string): ServerFacts {
  const fields = new Map(info.split(/\r?\n/).map((line) => line.split(':', 2) as [string, string]));
  return {
    version: fields.get('redis_version') ?? '0',
    runId: fields.get('run_id') ?? '',
    role: fields.get('role') === 'slave' ? 'replica' : 'master',
    evictionPolicy: fields.get('maxmemory_policy'),
    isAppendOnly: fields.get('aof_enabled') === '1',
  };
}

/** In words for an operator: waiting does not help. */
export class RedisTooOld extends Error {
  override readonly name = 'RedisTooOld';
}

/** Throws where a Redis of that version cannot be used. */
export function assertVersion({ version }: ServerFacts): void {
  if (Number.parseFloat(version) >= oldestVersion) return;
  throw new RedisTooOld(`Redis ${version} is too old: Weir needs ${oldestVersion} or newer`);
}

/** What a Redis that must keep what it was given may lose, each in words for an operator. */
export function durabilityWarnings({ evictionPolicy, isAppendOnly }: ServerFacts): string[] {
  const warnings: string[] = [];
  if (evictionPolicy !== 'noeviction') {
    warnings.push(
      `Redis' maxmemory-policy is ${evictionPolicy ?? 'unknown'}: when its memory is full it drops what is counted on. ` +
        'Set it to noeviction',
    );
  }
  if (!isAppendOnly) {
    warnings.push(
      'Redis keeps no append-only file: when it ends, what was written since its last snapshot is lost. ' +
        'Set appendonly to yes',
    );
  }
  return warnings;
}
