import type { IncomingHttpHeaders } from 'node:http';
import type { AnswerSettings } from './model/model-answer.ts';
import type { JsonReply, Reply, TextReply } from './reply.ts';
import type { ProtocolName } from './request-log.ts';

/** The ways in which a provider says that it will not or cannot answer, each in the provider's own words. */
export interface ProviderErrors {
  /** The body and type that go with an HTTP status. */
  status(status: number): JsonReply;
  invalidKey(headers: IncomingHttpHeaders): JsonReply;
  unknownRoute(method: string, path: string): JsonReply | TextReply;
  unreadableBody(): JsonReply;
  contextLength(): JsonReply;
  contentPolicy(): JsonReply;
}

export interface Protocol {
  name: ProtocolName;
  errors: ProviderErrors;
  /** Throws an ErrorReply if the request's credential is missing or wrong. */
  authenticate(headers: IncomingHttpHeaders): void;
  /** Puts the request's id where the provider puts it. */
  sign(reply: Reply, requestId: string): void;
}

/** A request on its way through an endpoint. */
export interface Call {
  headers: IncomingHttpHeaders;
  body: unknown;
  /** A number that no other call to this provider has: ids are made from it. */
  serial: number;
  settings: CallSettings;
}

export interface CallSettings extends AnswerSettings {
  /** Into how many pieces a streamed text is cut. */
  chunks: number | undefined;
  /** Whether the OpenAI protocol shows the reasoning, as DeepSeek, vLLM and other compatible hosts do. */
  emitReasoningContent: boolean;
}

export interface Endpoint {
  protocol: Protocol;
  /** Answers, or throws an ErrorReply. */
  handle(call: Call): Reply;
}

/** The keys that every provider turns down. */
export function isUsableKey(key: string | undefined): key is string {
  return key !== undefined && key !== '' && key !== 'sk-invalid';
}

/** The token of an `Authorization: Bearer` header. */
export function bearerToken(headers: IncomingHttpHeaders): string | undefined {
  return /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1]?.trim();
}

/** The model that no provider has. */
export const MISSING_MODEL = 'missing-model';
