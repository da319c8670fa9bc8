import type { ChatRequest } from '@weir/contracts/chat/request';
import type { Envelope } from '@weir/contracts/envelope';
import type { CompiledConfig } from '../domain/routing/compiled-config.ts';
import type { RoutingRequest } from '../domain/routing/target-selector.ts';

/** A chat to be completed, and how it is to be routed. */
export interface RequestContext {
  readonly chat: ChatRequest;
  readonly envelope: Envelope;
  readonly config: CompiledConfig;
  /** The stored config's name, or `inline`; undefined where the model's name alone decides. */
  readonly configName: string | undefined;
  /** Of a stored one. */
  readonly configRevision: string | undefined;
  /** Aborted, by a Fault, when the requester leaves or the deadline passes. */
  readonly signal: AbortSignal;
}

/** What of it decides on the targets. */
export function toRoutingRequest({ chat, config, envelope }: RequestContext): RoutingRequest {
  const { metadata = {}, tenant, access } = envelope;
  return { config, chat, metadata, tenant, access };
}
