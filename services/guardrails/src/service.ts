import { guardrailPolicies } from '@weir/contracts/guardrails/policies';
import { completeScreened } from '@weir/contracts/guardrails/screening';
import type { ServiceDefinition } from '@weir/service-kit/service';
import { configSchema, type GuardrailsConfig } from './config.ts';
import { createCompleteScreened } from './endpoints/complete-screened.ts';
import { manifest } from './manifest.ts';

/** Screens what goes to providers and what comes back. */
export const guardrails: ServiceDefinition<GuardrailsConfig> = {
  manifest,
  config: configSchema,
  async start({ bus }) {
    await bus.store(guardrailPolicies);
    bus.serveStream(completeScreened, createCompleteScreened({ bus }));
    return {};
  },
};
