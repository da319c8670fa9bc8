import type { IncomingHttpHeaders } from 'node:http';
import type { RoutingAccess } from '@weir/contracts/access-policy';
import type { CacheMode } from '@weir/contracts/cache/rules';
import type { Actor, Caller } from '@weir/contracts/envelope';
import type { ResponseWriter } from './http/response-writer.ts';

/** On whose behalf a request is made, and what it may do. */
export interface Authenticated {
  readonly tenant: string;
  /** The stored routing config that the caller's key is bound to. */
  readonly config?: string | undefined;
  readonly caller?: Caller | undefined;
  /** What the router holds the request to. */
  readonly access?: RoutingAccess | undefined;
  /** By which routing configs the request may be routed; by any where it is absent. */
  readonly configAccess?: ConfigAccess | undefined;
  /** The guardrail policies of its organisation and of its key, all of which the request has to pass. */
  readonly guardrailPolicies?: readonly string[] | undefined;
  /** What the cache may do for requests of the key that do not say themselves. */
  readonly cache?: CacheMode | undefined;
  /** What the key says of its requests. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Who administers. */
  readonly actor?: Actor | undefined;
}

export interface ConfigAccess {
  /** Lists of patterns, of the key's tenants: each has one for every stored config by which the key's requests are routed. */
  readonly tenantLists: readonly (readonly string[])[];
  /** The key's own patterns for the stored configs that a request may name; any where it is absent. */
  readonly ownList?: readonly string[] | undefined;
  /** Whether a request may bring a config of its own. */
  readonly inline: boolean;
}

/** What is known of a request before its body is read. A Fastify request is one. */
export interface RequestHead {
  readonly headers: IncomingHttpHeaders;
  /** The client's address, as its connection tells it, or a proxy that is trusted to. */
  readonly ip: string;
  readonly responseWriter: Pick<ResponseWriter, 'requestId' | 'traceparent' | 'ended'>;
}

/**
 * Judges the head of a request, before any of its body is read. Throws or rejects with what becomes the answer. What needs
 * nothing but what is at hand returns at once, and costs no promise.
 */
export type Admit = (head: RequestHead) => Authenticated | Promise<Authenticated>;
