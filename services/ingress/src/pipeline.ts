import type { CacheClient } from '@weir/cache-client/cache-client';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { Clock } from '@weir/service-kit/clock';
import type { JsonReader } from '@weir/service-kit/json-reader';
import type { CacheRules } from './adapters/cache-rules.ts';
import type { GuardrailPolicies } from './adapters/guardrail-policies.ts';
import type { RequiredGuardrails } from './adapters/required-guardrails.ts';
import type { RoutingConfigs } from './adapters/routing-configs.ts';
import type { SealedConfigs } from './adapters/sealed-configs.ts';
import type { Admit } from './admission.ts';
import type { HeartbeatSettings } from './http/heartbeat.ts';
import type { ChatContext, ModelContext, RequestContext } from './request-context.ts';
import { chooseCache } from './stages/choose-cache.ts';
import { chooseGuardrails } from './stages/choose-guardrails.ts';
import { complete } from './stages/complete.ts';
import { enforceKeyPolicy } from './stages/enforce-key-policy.ts';
import { judge } from './stages/judge-answer.ts';
import { answerModel, answerModels } from './stages/models.ts';
import { readChat } from './stages/read-chat.ts';
import { readRoutingHeaders } from './stages/read-routing-headers.ts';
import { from } from './stages/stage.ts';

export interface PipelineParts {
  readonly authenticate: Admit;
  readonly bus: Bus;
  readonly cache: CacheClient;
  readonly cacheRules: CacheRules;
  readonly clock: Clock;
  readonly configs: RoutingConfigs;
  readonly heartbeat: HeartbeatSettings;
  readonly policies: GuardrailPolicies;
  readonly reader: JsonReader;
  readonly required: RequiredGuardrails;
  readonly sealedConfigs: SealedConfigs;
}

export type CreatePipelines = typeof createPipelines;
export type Pipelines = ReturnType<CreatePipelines>;

/** What each request goes through, and in which order: `admit` before its body is read, `handle` afterwards. */
export const createPipelines = ({
  authenticate,
  bus,
  cache,
  cacheRules,
  clock,
  configs,
  heartbeat,
  policies,
  reader,
  required,
  sealedConfigs,
}: PipelineParts) => ({
  chat: {
    admit: authenticate,
    handle: from<ChatContext>()
      .through(readRoutingHeaders)
      .through(enforceKeyPolicy)
      .through(chooseGuardrails({ policies }))
      .through(readChat({ clock, heartbeat, reader }))
      .through(chooseCache({ rules: cacheRules, configs, required }))
      .to(complete({ bus, cache, policies, required, sealedConfigs })),
  },

  feedback: { admit: authenticate, handle: from<ChatContext>().to(judge({ bus, reader })) },

  models: { admit: authenticate, handle: from<RequestContext>().to(answerModels({ bus })) },

  model: { admit: authenticate, handle: from<ModelContext>().to(answerModel({ bus })) },
});
