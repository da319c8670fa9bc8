import type { CompletionHead, CompletionTrailer } from '@weir/contracts/router';
import { formatUsd } from '@weir/pricing/money';
import type { Fault } from '@weir/service-kit/fault';
import { acceptedEncodings } from './body-decoder.ts';
import { cacheHeaders, portkeyCacheStatus } from './cache-headers.ts';
import { guardrailsHeader } from './guardrails-header.ts';
import { limitHeaders } from './limit-headers.ts';

/** Names and values in turn: the form that node writes without building an object. */
export type HeaderList = readonly string[];

interface CompletionHeaderOptions {
  /** Whether Portkey's names are sent too, since the request's config came by one of them. */
  speaksPortkey: boolean;
}

/** Who has answered, after how many attempts, and what of the request was left out. */
export function completionHeaders(
  head: CompletionHead,
  { speaksPortkey }: CompletionHeaderOptions,
): HeaderList {
  const { provider, model, warnings, target, attempts, fallbacks } = head;
  const headers = ['x-weir-provider', headerText(provider), 'x-weir-model', headerText(model)];
  if (target !== undefined) headers.push('x-weir-target', headerText(target));
  if (attempts !== undefined) headers.push('x-weir-attempts', String(attempts));
  if (fallbacks !== undefined) headers.push('x-weir-fallbacks', String(fallbacks));
  headers.push(...cacheHeaders(head.cache), ...guardrailsHeader(head.guardrails));
  headers.push(...warningsHeader(warnings));
  return speaksPortkey ? [...headers, ...portkeyHeaders(head)] : headers;
}

/** `retry-attempt-count` is of the target that has answered. */
function portkeyHeaders({ cache, provider, retries = 0, optionIndex = [] }: CompletionHead) {
  return [
    'x-portkey-provider',
    headerText(provider),
    'x-portkey-retry-attempt-count',
    String(retries),
    'x-portkey-last-used-option-index',
    ['config', ...optionIndex.map((index) => `targets[${index}]`)].join('.'),
    'x-portkey-cache-status',
    portkeyCacheStatus(cache),
  ];
}

/** What a whole answer has cost, and what is left of its limits now. */
export function costHeaders(
  { costNanoUsd, limits }: CompletionTrailer,
  { limits: limitsAtHead = [] }: Pick<CompletionHead, 'limits'>,
  nowMs: number,
): HeaderList {
  const cost = costNanoUsd === undefined ? [] : ['x-weir-cost-usd', formatUsd(costNanoUsd)];
  return [...cost, ...limitHeaders(limits ?? limitsAtHead, nowMs)];
}

/** How long the gateway itself took until now: all the time but what was waited for providers. */
export function overheadHeader(elapsedMs: number, upstreamMs: number): HeaderList {
  return ['x-weir-overhead-ms', Math.max(0, elapsedMs - upstreamMs).toFixed(2)];
}

/**
 * What tells a client whose failure it is, after how many attempts, and whether and when to try again:
 * `x-should-retry` is read by OpenAI's SDKs.
 */
export function faultHeaders(fault: Fault, nowMs: number): HeaderList {
  const { provider, attempts, fallbacks, guardrails, limit, limits = [], warnings } = fault.details;
  const { retryAfterMs } = fault;
  const headers = ['x-should-retry', String(isWorthRetrying(fault)), ...guardrailsHeader(guardrails)];
  if (fault.code === 'not_cached') headers.push('x-weir-cache', 'miss');
  if (fault.code === 'unsupported_content_encoding') headers.push('accept-encoding', acceptedEncodings);
  const others = limits.filter(({ unit }) => unit !== limit?.unit);
  headers.push(...limitHeaders(limit ? [limit, ...others] : others, nowMs));
  if (provider !== undefined) headers.push('x-weir-provider', headerText(provider));
  if (attempts !== undefined) headers.push('x-weir-attempts', String(attempts));
  if (fallbacks !== undefined) headers.push('x-weir-fallbacks', String(fallbacks));
  headers.push(...warningsHeader(warnings));
  if (retryAfterMs === undefined) return headers;
  const seconds = String(Math.ceil(retryAfterMs / 1_000));
  return [...headers, 'retry-after', seconds, 'retry-after-ms', String(Math.ceil(retryAfterMs))];
}

/** The longest that OpenAI's SDKs wait before they try again. */
const maxRetryMs = 60_000;

/** A rate limit that has no room for longer than clients wait would only refuse them again. */
function isWorthRetrying({ code, details, retryable }: Fault): boolean {
  if (code !== 'rate_limit_exceeded' || !details.limit) return retryable;
  return (details.retryAfterMs ?? Infinity) <= maxRetryMs;
}

const warningsName = 'x-weir-warnings';

function warningsHeader(warnings: readonly string[] = []): HeaderList {
  if (warnings.length === 0) return [];
  const told = warnings.slice(0, maxWarnings).map((warning) => warning.slice(0, maxWarningLength));
  const further = warnings.length - told.length;
  return [warningsName, headerText([...told, ...(further > 0 ? [`${further} more`] : [])].join('; '))];
}

/** Clients take some 16 KB of headers, and some of the words are a caller's or a provider's own. */
const maxWarnings = 20;
const maxWarningLength = 300;

/** The headers with further warnings, in the same header as those that are there. */
export function withWarnings(headers: HeaderList, warnings: readonly string[]): HeaderList {
  if (warnings.length === 0) return headers;
  const at = headers.indexOf(warningsName);
  if (at < 0) return [...headers, ...warningsHeader(warnings)];
  return headers.with(at + 1, [headers[at + 1], ...warningsHeader(warnings).slice(1)].join('; '));
}

/** A text as a header may carry it: what is not printable ASCII becomes a question mark. */
function headerText(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?');
}
