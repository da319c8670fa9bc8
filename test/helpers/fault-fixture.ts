import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startGateway, type Gateway } from '@weir/testkit/gateway';
import { startFakeProvider, type FakeProvider } from '@weir/testkit/providers/fake-provider';
import { dnsFailureUrl, refusedUrl, tlsFailureUrl } from '@weir/testkit/providers/unreachable';

export const dialects = ['openai', 'anthropic', 'ollama'] as const;

export type Dialect = (typeof dialects)[number];

/** Providers that nobody ever reaches. */
export type Unreachable = 'refused' | 'tls' | 'dns';

/** What no client and no log may ever show: the gateway's credential, and what the faulty provider's errors quote. */
export const secrets = { credential: 'sk-canary-credential', quote: 'sk-canary-quoted in an error' };

/** The gateway before a provider that fails, one that does not, and some that are not there, in each dialect. */
export interface FaultFixture {
  readonly gateway: Gateway;
  /** The provider `<dialect>-faulty` of the gateway. */
  readonly faulty: FakeProvider;
  /** The provider `<dialect>-good` of the gateway. */
  readonly good: FakeProvider;
  close(): Promise<void>;
}

export async function startFaultFixture(settings: Record<string, string> = {}): Promise<FaultFixture> {
  const [faulty, good, folder, refused] = await Promise.all([
    startFakeProvider({ errorQuote: secrets.quote, maxRecorded: 10_000 }),
    startFakeProvider({ maxRecorded: 10_000 }),
    mkdtemp(join(tmpdir(), 'weir-faults-')),
    refusedUrl(),
  ]);
  const unreachable: Record<Unreachable, string> = {
    refused,
    tls: tlsFailureUrl(good),
    dns: dnsFailureUrl(),
  };
  const file = join(folder, 'providers.json');
  const places = { faulty: faulty.url, good: good.url, ...unreachable };
  await writeFile(file, JSON.stringify(Object.entries(places).flatMap(describeProviders)));
  const gateway = await startGateway({
    router: { WEIR_PROVIDERS_FILE: file, CANARY_API_KEY: secrets.credential, ...settings },
  });
  return {
    gateway,
    faulty,
    good,
    close: async () => {
      await gateway.close();
      await Promise.all([faulty.close(), good.close(), rm(folder, { recursive: true })]);
    },
  };
}

/** One in each dialect at the same address, for `WEIR_PROVIDERS_FILE`. */
function describeProviders([place, url]: [place: string, url: string]): object[] {
  return dialects.map((dialect) => ({
    name: `${dialect}-${place}`,
    dialect,
    base_url: dialect === 'openai' ? `${url}/v1` : url,
    api_key_env: 'CANARY_API_KEY',
    discover_models: false,
  }));
}
