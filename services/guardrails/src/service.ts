import { CacheClient } from '@weir/cache-client/cache-client';
import { dryRunGuardrails } from '@weir/contracts/admin/dry-run-guardrails';
import { guardrailPolicies } from '@weir/contracts/guardrails/policies';
import { completeScreened } from '@weir/contracts/guardrails/screening';
import type { Check } from '@weir/contracts/guardrails/policy';
import { createChangeLog } from '@weir/service-kit/admin/change-log';
import { sealingKeysOf } from '@weir/service-kit/crypto/sealed-box';
import type { ServiceDefinition } from '@weir/service-kit/service';
import { startCheckDependencies } from './checks/check-dependencies.ts';
import { createCheck } from './checks/create-check.ts';
import { configSchema, type GuardrailsConfig } from './config.ts';
import { createCompleteScreened } from './endpoints/complete-screened.ts';
import { createDryRunGuardrails } from './endpoints/dry-run-guardrails.ts';
import { manifest } from './manifest.ts';
import { PolicyLibrary } from './policies/policy-library.ts';
import { createGuardrailMetrics } from './screening/guardrail-metrics.ts';
import { createTryPolicies } from './screening/try-policies.ts';
import { servePolicies } from './serve-policies.ts';

/** Screens what goes to providers and what comes back. */
export const guardrails: ServiceDefinition<GuardrailsConfig> = {
  manifest,
  config: configSchema,
  async start({ bus, clock, config, logger, metrics }) {
    const { allowedHosts, masterKeys } = config;
    const store = await bus.store(guardrailPolicies);
    const checks = startCheckDependencies({ allowedHosts });
    const making = {
      createCheck: (check: Check) => createCheck(check, checks.dependencies),
      ...{ masterKeys, sealingKeys: sealingKeysOf(masterKeys) },
    };
    const policies = new PolicyLibrary({ ...making, store, logger });
    const screening = { policies, masterKeys, metrics: createGuardrailMetrics(metrics), clock };
    const cache = new CacheClient({ bus, clock, metrics });
    bus.serveStream(completeScreened, createCompleteScreened({ bus, cache, ...screening }));
    servePolicies(bus, { ...making, policies, store, changeLog: createChangeLog({ bus, clock }), clock });
    const tryPolicies = createTryPolicies({ clock, masterKeys });
    bus.serve(dryRunGuardrails, createDryRunGuardrails({ ...making, policies, tryPolicies }));
    return { close: () => checks.stop() };
  },
};
