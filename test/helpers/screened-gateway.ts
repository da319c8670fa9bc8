import { writePolicy } from '@weir/contracts/admin/guardrail-policies';
import { createKey } from '@weir/contracts/admin/virtual-keys';
import { startGateway, type Gateway } from '@weir/testkit/gateway';
import { startFakeProvider, type FakeProvider } from '@weir/testkit/providers/fake-provider';
import OpenAI from 'openai';
import { adminOf } from './admin.ts';
import { settingsFor } from './gateway-fixture.ts';

/** A gateway that has guardrails, and one fake provider behind it. */
export interface ScreenedGateway {
  readonly provider: FakeProvider;
  readonly gateway: Gateway;
  /** The official SDK with a key of its own, which is bound to the policy. */
  readonly openaiBoundTo: (policy: string | null, headers?: Record<string, string>) => Promise<OpenAI>;
  close(): Promise<void>;
}

/** Policies beside those that are built in, by their names. */
const policies = {
  masking: {
    input: { checks: [{ type: 'pii', action: 'mask' }] },
    output: { checks: [{ type: 'pii', action: 'redact' }] },
  },
  refusing: {
    input: { checks: [{ type: 'pii', action: 'deny' }] },
    output: { checks: [{ type: 'pii', action: 'deny' }] },
  },
} as const;

export async function startScreenedGateway(): Promise<ScreenedGateway> {
  const provider = await startFakeProvider();
  const gateway = await startGateway({ router: settingsFor(provider), guardrails: {} });
  const admin = adminOf(gateway.url);
  for (const [name, policy] of Object.entries(policies)) await admin.call(writePolicy, { name, policy });
  return {
    provider,
    gateway,
    openaiBoundTo: async (policy, headers = {}) => {
      const { key } = await admin.call(createKey, {
        name: `bound to ${policy}`,
        guardrail_policy: policy,
        inline_configs: true,
      });
      return new OpenAI({ baseURL: gateway.baseUrl, apiKey: key, maxRetries: 0, defaultHeaders: headers });
    },
    close: async () => {
      await gateway.close();
      await provider.close();
    },
  };
}
