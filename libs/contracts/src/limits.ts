/** The bus carries no more in one message (`max_payload` in `infra/nats/limits.conf`). */
export const maxBodyBytes = 8 * 1024 * 1024;

/** All headers of a request together: there is room for a routing config in one of them. */
export const maxHeaderBytes = 48 * 1024;

/** Of one request: clients, SDKs and some proxies in a row send about 60. */
export const maxHeaders = 256;

/** A routing config that comes along in a header of every request. */
export const maxInlineConfigBytes = 32 * 1024;

/** All states that are kept of a stored routing config must fit into one message: 64 of these do. */
export const maxStoredConfigBytes = 64 * 1024;

/** The same of a guardrail policy. */
export const maxStoredPolicyBytes = 64 * 1024;

/** `64 KiB`, `8 MiB`: as messages say it. */
export function sizeText(bytes: number): string {
  return bytes % 1_048_576 === 0 ? `${bytes / 1_048_576} MiB` : `${bytes / 1_024} KiB`;
}

/** What JSON that comes from outside may hold, and thus what it costs to parse and to judge it. */
export interface JsonLimits {
  /** Brackets that open, commas and colons together. */
  readonly maxValues: number;
  readonly maxDepth: number;
  /** Of one object. */
  readonly maxKeys: number;
  /** Keys that differ, of all objects together: each costs as much as ten that came before. The first 1,000 keys are not among them. */
  readonly maxNames: number;
  /** Of one number. */
  readonly maxDigits: number;
  /** Numbers of 16 digits or more, whose digits are kept. */
  readonly maxLongNumbers: number;
}

const jsonLimits = {
  maxDepth: 256,
  maxKeys: 5_000,
  maxNames: 10_000,
  maxDigits: 400,
  maxLongNumbers: 1_000,
} as const;

/** A caller's request: a conversation of some thousand messages with a hundred tools has some 50,000 values. */
export const requestJsonLimits: JsonLimits = { ...jsonLimits, maxValues: 100_000 };

/** A provider's whole answer. One with 20 alternatives for each of 2,000 tokens, or 5 for each of 6,000, has some 500,000 values. */
export const answerJsonLimits: JsonLimits = { ...jsonLimits, maxValues: 500_000 };

/** One event of a provider's stream, an entry of a bucket (a document and what is kept of it), and small messages on the bus. */
export const eventJsonLimits: JsonLimits = { ...jsonLimits, maxValues: 50_000 };

/** The arguments of all tool calls of one request or answer together. */
export const argumentsJsonLimits: JsonLimits = { ...jsonLimits, maxValues: 100_000 };

/** A routing config, a guardrail policy, the rules of a cache, and what else is written by hand. */
export const documentJsonLimits: JsonLimits = { ...jsonLimits, maxValues: 20_000 };

/** A request or a reply on the bus: it holds what one of the others may hold, and its envelope. */
export const messageJsonLimits: JsonLimits = { ...jsonLimits, maxValues: 300_000, maxNames: 20_000 };

/**
 * No answer that comes whole, and no event of a stream, is larger. The bus carries 8 MiB a message; the rest is for what is added
 * on the way. A tool call's arguments may come whole, an image may not.
 */
export const maxAnswerBytes = 7 * 1024 * 1024;

/** Tool calls, content blocks or parts of one answer, whole or streamed: one with many searches has some hundred. */
export const maxAnswerItems = 2_000;

/**
 * All that comes of one stream, in bytes, what says nothing included: 128,000 tokens, each in an event of its own of 350 bytes,
 * are 45 MB, and some hosts send five times that.
 */
export const maxStreamBytes = 256 * 1024 * 1024;

/** Events of one stream: several times the tokens of the longest answer. */
export const maxStreamEvents = 1_000_000;

/** Models of one provider's list: the longest known has some hundred. */
export const maxListedModels = 5_000;
