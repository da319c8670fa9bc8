import type { IncomingHttpHeaders } from 'node:http';
import { invalidHeader } from './request-headers.ts';

const prefix = 'x-portkey-';

/** Those that mean what they mean at Portkey, wherever they are read. */
const honoured: ReadonlySet<string> = new Set([
  ...['config', 'provider', 'virtual-key', 'custom-host', 'metadata', 'trace-id', 'request-timeout'],
  ...['cache-force-refresh', 'cache-namespace'],
]);

/** What Portkey's SDKs say of themselves, and whether bodies are logged: they never are. */
const idle: ReadonlySet<string> = new Set([
  ...['package-version', 'runtime', 'runtime-version', 'lang', 'os', 'arch', 'debug'],
]);

/**
 * The account, the key, the place or the check by which a request is to be made: without it the request would be another one, so
 * it is refused. The list is that of
 * `constructConfigFromRequestHeaders` in Portkey's open gateway (src/handlers/handlerUtils.ts, read in November 2026).
 */
const refused =
  /^(?:(?:azure|aws|amzn?|vertex|workers-ai|huggingface|fireworks|snowflake|oracle)-|openai-(?:organization|project)$|provider-(?:model|batch-endpoint)$|mode$|default-(?:input|output)-guardrails$|mistral-fim-completion$)/;

/** What does the same here, where anything does. */
const instead: Readonly<Record<string, string>> = {
  'api-key': "this gateway's own key is sent as Authorization: Bearer",
  cache: 'send x-weir-cache, or a config with "cache"',
  'retry-count': 'send a config with "retry"',
};

/** No header is longer for them, however many were sent. */
const maxWarnings = 8;
const maxNameLength = 64;

/**
 * Warnings for the headers of Portkey that have no effect, also for those that nobody knows. Throws `invalid_header` for one
 * without which the request would be made otherwise than it says.
 */
export function checkPortkeyHeaders(headers: IncomingHttpHeaders): string[] {
  const warnings: string[] = [];
  for (const header in headers) {
    if (!header.startsWith(prefix)) continue;
    const name = header.slice(prefix.length);
    if (honoured.has(name) || idle.has(name)) continue;
    if (refused.test(name)) {
      throw invalidHeader(
        header,
        'is not supported: a config with "credential", "custom_host" or guardrails says it',
      );
    }
    const hint = Object.hasOwn(instead, name) ? `: ${instead[name]}` : '';
    warnings.push(`${header.slice(0, maxNameLength)} has no effect${hint}`);
  }
  return warnings.slice(0, maxWarnings);
}
