import { guardrailPolicies } from '@weir/contracts/guardrails/policies';
import { completeScreened } from '@weir/contracts/guardrails/screening';
import type { ServiceDefinition } from '@weir/service-kit/service';
import { startCheckDependencies } from './checks/check-dependencies.ts';
import { createCheck } from './checks/create-check.ts';
import { configSchema, type GuardrailsConfig } from './config.ts';
import { createCompleteScreened } from './endpoints/complete-screened.ts';
import { manifest } from './manifest.ts';
import { PolicyLibrary } from './policies/policy-library.ts';
import { createGuardrailMetrics } from './screening/guardrail-metrics.ts';

/** Screens what goes to providers and what comes back. */
export const guardrails: ServiceDefinition<GuardrailsConfig> = {
  manifest,
  config: configSchema,
  async start({ bus, clock, config, logger, metrics }) {
    const { allowedHosts, masterKeys } = config;
    const checks = startCheckDependencies({ allowedHosts });
    const policies = new PolicyLibrary({
      store: await bus.store(guardrailPolicies),
      createCheck: (check) => createCheck(check, checks.dependencies),
      ...{ masterKeys, logger },
    });
    const screening = { policies, masterKeys, metrics: createGuardrailMetrics(metrics), clock };
    bus.serveStream(completeScreened, createCompleteScreened({ bus, ...screening }));
    return { close: () => checks.stop() };
  },
};
