import type { IncomingHttpHeaders } from 'node:http';
import { cacheModes, cacheNamespaceSchema } from '@weir/contracts/cache/rules';
import { firstSent, invalidHeader, parseHeader } from './request-headers.ts';

const modes = [...cacheModes, 'refresh'] as const;
const modeHeader = 'x-weir-cache';
const refreshHeader = 'x-portkey-cache-force-refresh';
const namespaceHeaders = ['x-weir-cache-namespace', 'x-portkey-cache-namespace'];

/** What a request's headers ask of the cache. */
export interface CacheHeaders {
  readonly mode: (typeof modes)[number] | undefined;
  readonly namespace: string | undefined;
  /** A fresh answer is asked for, which is kept. */
  readonly isRefresh: boolean;
  /** Nothing is looked up, nor kept. */
  readonly isNoStore: boolean;
  readonly isOnlyIfCached: boolean;
  /** Nothing older is wanted; above 0. */
  readonly maxAgeSeconds: number | undefined;
}

const silent: CacheHeaders = {
  ...{ mode: undefined, namespace: undefined, maxAgeSeconds: undefined },
  ...{ isRefresh: false, isNoStore: false, isOnlyIfCached: false },
};

/** Throws `invalid_header`. */
export function cacheFromHeaders(headers: IncomingHttpHeaders): CacheHeaders {
  const mode = firstSent(headers, [modeHeader])?.text.toLowerCase();
  const refresh = firstSent(headers, [refreshHeader])?.text.toLowerCase();
  const namespace = firstSent(headers, namespaceHeaders);
  const control = headers['cache-control'];
  if (mode === undefined && refresh === undefined && !namespace && control === undefined) return silent;
  const directives = control === undefined ? silent : directivesOf(control);
  return {
    ...directives,
    mode: mode === undefined ? undefined : modeOf(mode),
    namespace: namespace && parseHeader(cacheNamespaceSchema, namespace.text, namespace.name),
    isRefresh: directives.isRefresh || mode === 'refresh' || isTrue(refresh),
  };
}

function modeOf(text: string): (typeof modes)[number] {
  const mode = modes.find((known) => known === text);
  if (!mode) throw invalidHeader(modeHeader, `must be one of ${modes.join(', ')}`);
  return mode;
}

function isTrue(text: string | undefined): boolean {
  if (text === undefined || text === 'false') return false;
  if (text === 'true') return true;
  throw invalidHeader(refreshHeader, 'must be true or false');
}

const maxSeconds = 31_536_000;

/** Those of HTTP's directives that mean something here (RFC 9111, 5.2.1); others are not held against anybody. */
function directivesOf(control: string): CacheHeaders {
  const given = new Map(
    control.split(',').map((directive) => {
      const [name = '', value = ''] = directive.trim().toLowerCase().split('=');
      return [name, value.replaceAll('"', '')] as const;
    }),
  );
  const age = given.get('max-age') ?? '';
  const maxAge = /^\d{1,10}$/.test(age) ? Math.min(Number(age), maxSeconds) : undefined;
  return {
    ...silent,
    isRefresh: given.has('no-cache') || maxAge === 0,
    isNoStore: given.has('no-store'),
    isOnlyIfCached: given.has('only-if-cached'),
    maxAgeSeconds: maxAge === 0 ? undefined : maxAge,
  };
}
