import { hash } from 'node:crypto';
import type { CacheOrder } from '@weir/contracts/cache/order';
import { type CacheMode, cacheModes, type CacheRule } from '@weir/contracts/cache/rules';
import type { ChatRequest } from '@weir/contracts/chat/request';
import type { Envelope } from '@weir/contracts/envelope';
import { Fault } from '@weir/service-kit/fault';
import { fieldReader, type RequestFields } from '@weir/service-kit/request-fields';
import type { CacheRules } from '../adapters/cache-rules.ts';
import type { RequiredGuardrails } from '../adapters/required-guardrails.ts';
import type { ConfigFacts, RoutingConfigs } from '../adapters/routing-configs.ts';
import { bypassing, type CompletionSink } from '../completion-sink.ts';
import { cacheFromHeaders, type CacheHeaders } from '../domain/cache-headers.ts';
import type { ChatContext } from '../request-context.ts';
import type { ChatRead } from './read-chat.ts';
import type { RoutingHeaders } from './read-routing-headers.ts';
import type { Stage } from './stage.ts';

interface CacheChosen {
  /** With what the cache may do for the request; as it was where that is off. */
  readonly envelope: Envelope;
  readonly sink: CompletionSink;
}

export interface ChooseCacheParts {
  readonly rules: Pick<CacheRules, 'ruleFor'>;
  readonly configs: Pick<RoutingConfigs, 'inline' | 'stored'>;
  readonly required: Pick<RequiredGuardrails, 'remember'>;
}

/**
 * Finds out whether the request may be answered from the cache: as it asks itself, else its key, else its routing config, else the
 * rule that holds for it; and never beyond what that rule allows. Where the cache is off nobody is asked anything.
 */
export const chooseCache =
  ({
    rules,
    configs,
    required,
  }: ChooseCacheParts): Stage<ChatContext & RoutingHeaders & ChatRead, CacheChosen> =>
  ({ authenticated, body, chat, envelope, headers, inlineConfig, sink, values }, next) => {
    const asked = cacheFromHeaders(headers);
    const rule = rules.ruleFor({
      organisation: authenticated.tenant,
      team: authenticated.caller?.teamId,
      key: authenticated.caller?.keyId,
      model: chat.model,
      namespace: asked.namespace,
    });
    const config =
      inlineConfig === undefined ? configs.stored(envelope.config) : configs.inline(inlineConfig);
    const facts = config === 'none' ? undefined : config;
    const wanted = authenticated.cache ?? facts?.cacheMode ?? rule.default;
    const mode = allowedMode(modeAsked(asked, wanted), rule);
    if (mode === 'off') {
      if (asked.isOnlyIfCached) throw new Fault('not_cached');
      return next({ envelope, sink });
    }
    // Nobody knows by what a request will be routed whose config has not been seen here.
    if (asked.isNoStore || !config || !isEligible(chat, { bytes: body.length, values })) {
      if (asked.isOnlyIfCached) throw new Fault('not_cached');
      return next({ envelope, sink: bypassing(sink) });
    }
    // The router refuses what has not passed these: what the cache has must have passed them too.
    if (facts && facts.required.input.length + facts.required.output.length > 0)
      required.remember(inlineConfig ?? envelope.config, facts.required);
    return next({
      envelope: { ...envelope, cache: orderOf({ asked, chat, envelope, facts, mode, rule }) },
      sink,
    });
  };

function modeAsked({ mode }: CacheHeaders, wanted: CacheMode): CacheMode {
  // Whoever asks for a fresh answer wants it to be kept for all.
  if (mode === 'refresh') return wanted === 'off' ? 'semantic' : wanted;
  return mode ?? wanted;
}

function allowedMode(mode: CacheMode, { allow, semantic }: CacheRule): CacheMode {
  const allowed = cacheModes.indexOf(mode) > cacheModes.indexOf(allow) ? allow : mode;
  return allowed === 'semantic' && semantic === 'off' ? 'exact' : allowed;
}

/** Asked for several at once, so that they differ; or to be kept by the provider, under an id that each answer has of its own. */
const maxChoices = 8;

/** The cache sorts the keys of all that is in a request: with ten times as many others would wait for it. */
const maxValues = 20_000;

/** The same of all its texts, which it brings into one form of Unicode. */
const maxBytes = 1024 * 1024;

function isEligible(
  { n, store }: ChatRequest,
  { bytes, values }: { readonly bytes: number; readonly values: number },
): boolean {
  return values <= maxValues && bytes <= maxBytes && store !== true && (n ?? 1) <= maxChoices;
}

interface OrderParts {
  readonly asked: CacheHeaders;
  readonly chat: ChatRequest;
  readonly envelope: Envelope;
  readonly facts: ConfigFacts | undefined;
  readonly mode: CacheOrder['mode'];
  readonly rule: CacheRule;
}

function orderOf({ asked, chat, envelope, facts, mode, rule }: OrderParts): CacheOrder {
  const { isOnlyIfCached, isRefresh, maxAgeSeconds, namespace } = asked;
  const staleSeconds = rule.stale_while_revalidate_seconds;
  const ttlSeconds = Math.min(facts?.maxAgeSeconds ?? rule.ttl_seconds, rule.max_ttl_seconds);
  return {
    mode,
    isRead: !isRefresh,
    ...(mode === 'semantic' && rule.semantic === 'shadow' && { isShadow: true }),
    ttlSeconds,
    ...(staleSeconds > 0 && { staleSeconds }),
    ...(maxAgeSeconds !== undefined && { maxAgeSeconds }),
    ...(isOnlyIfCached && { isOnlyIfCached }),
    accuracyTarget: rule.accuracy_target,
    maxTemperature: rule.max_temperature,
    shadowCheckRate: rule.shadow_check_rate,
    singleFlightMs: rule.single_flight_ms,
    sharedBy: rule.shared_by,
    ...(namespace !== undefined && { namespace }),
    ...(facts?.revision !== undefined && { configRevision: facts.revision }),
    ...(facts && { route: routeOf(facts, { metadata: envelope.metadata ?? {}, params: chat }) }),
  };
}

function routeOf({ digest, routedBy }: ConfigFacts, fields: RequestFields): string {
  if (routedBy.length === 0) return digest;
  const seen = routedBy.map((path) => fieldReader(path)(fields) ?? null);
  return hash('sha256', JSON.stringify([digest, seen]), 'base64url');
}
