import { headers as createHeaders, type Msg, type MsgHdrs } from '@nats-io/transport-node';
import {
  envelopeSchema,
  requestEnvelopeSchema,
  type Envelope,
  type TimeLeft,
} from '@weir/contracts/envelope';
import { faultDataSchema } from '@weir/contracts/faults';
import { busHeaders, frameSchema, streamNameOf, type FrameKind } from '@weir/contracts/frames';
import { documentJsonLimits, eventJsonLimits } from '@weir/contracts/limits';
import type { z } from 'zod';
import { tryParseBoundedJson } from '../../bounded-json.ts';
import { Fault } from '../../fault.ts';

const noResponders = 503;

/** Whether this is the server's word that nobody listens on the subject that was asked. */
export function isNoResponders(message: Msg): boolean {
  return message.data.length === 0 && message.headers?.code === noResponders;
}

export function envelopeHeaders({ traceparent, ...rest }: Envelope & { timeLeft?: TimeLeft }): MsgHdrs {
  const headers = createHeaders();
  headers.append(busHeaders.traceparent, traceparent);
  headers.append(busHeaders.envelope, JSON.stringify(rest));
  return headers;
}

/** The same of a request, with the time that is left for it. All are Unix times in milliseconds; `acceptByMs` is for streams. */
export function requestHeaders(
  envelope: Envelope,
  { nowMs, acceptByMs }: { nowMs: number; acceptByMs?: number },
): MsgHdrs {
  const untilMs = (atMs: number) => Math.max(0, Math.round(atMs - nowMs));
  const sentAtMs = Math.round(performance.now());
  const timeLeft = { sentAtMs, leftMs: untilMs(envelope.deadlineAtMs) };
  if (acceptByMs === undefined) return envelopeHeaders({ ...envelope, timeLeft });
  const headers = envelopeHeaders({
    ...envelope,
    timeLeft: { ...timeLeft, acceptWithinMs: untilMs(acceptByMs) },
  });
  headers.append(busHeaders.acceptBy, String(acceptByMs));
  return headers;
}

/** When the requester stops waiting for an acceptance; Infinity without the header, and 0 where it is no number. */
export function readAcceptByMs(message: Msg): number {
  const said = message.headers?.get(busHeaders.acceptBy) ?? '';
  return said === '' ? Infinity : Number(said) || 0;
}

/** Throws where the headers hold no envelope: the message is not from a service of ours. */
export const readEnvelope = (message: Msg): Envelope => readEnvelopeBy(envelopeSchema, message);

/** The same of a request, with the time that is left for it. */
export const readRequestEnvelope = (message: Msg) => readEnvelopeBy(requestEnvelopeSchema, message);

function readEnvelopeBy<T>(schema: z.ZodType<T>, message: Msg): T {
  const { headers } = message;
  if (!headers) throw new Fault('invalid_request', { message: 'The message has no envelope.' });
  const rest = readJsonHeader(message, busHeaders.envelope);
  const traceparent = headers.get(busHeaders.traceparent);
  const parsed = schema.safeParse({ ...(isObject(rest) && rest), traceparent });
  if (!parsed.success) {
    throw new Fault('invalid_request', {
      message: 'The message has no valid envelope.',
      cause: parsed.error,
    });
  }
  return parsed.data;
}

export function frameHeaders(kind: FrameKind, sequence: number): MsgHdrs {
  const headers = createHeaders();
  headers.append(busHeaders.frame, `${kind} ${sequence}`);
  return headers;
}

/** The frame's kind and number; undefined where the message is no frame. */
export function readFrame(message: Msg): { kind: FrameKind; sequence: number } | undefined {
  return frameSchema.safeParse(message.headers?.get(busHeaders.frame)).data;
}

/** The name of a stream to the one who has accepted it: what he says of it is not believed. */
export function acceptedName({ headers }: Msg, reply: string): string {
  return headers?.has(busHeaders.stream) ? streamNameOf(reply) : reply;
}

/** Room for an envelope with a routing config, and for the models that a key may use. */
const maxHeaderCharacters = 256 * 1024;

/** JSON from a header; undefined where there is none, or it is too long or not JSON. */
export function readJsonHeader({ headers }: Pick<Msg, 'headers'>, name: string): unknown {
  const text = headers?.get(name) ?? '';
  return text.length > maxHeaderCharacters ? undefined : tryParseBoundedJson(text, documentJsonLimits);
}

/** A fault as an answer: data in the body for our own readers, and marked in the headers for ADR-32's. */
export function faultMessage(subject: string, fault: Fault, headers: MsgHdrs) {
  headers.append(busHeaders.errorCode, String(fault.status));
  headers.append(busHeaders.error, fault.code);
  return { subject, data: JSON.stringify(fault.toData()), headers };
}

export function isProbe(message: Msg): boolean {
  return message.headers?.has(busHeaders.probe) ?? false;
}

export function isFault(message: Msg): boolean {
  return message.headers?.has(busHeaders.errorCode) ?? false;
}

/** The fault in a message's body. */
export function readFault(message: Msg): Fault {
  const parsed = faultDataSchema.safeParse(readJson(message));
  return parsed.success ? Fault.fromData(parsed.data) : new Fault('internal_error', { cause: parsed.error });
}

/** The largest of them says of 200 attempts that they are under way. */
const maxReadBytes = 1024 * 1024;

/**
 * The JSON of a message that is small where it is one of ours, and so is read in one go: a fault, an event, a word to a stream or of
 * an instance. Undefined where it is larger, or no JSON. (Requests and replies are read by a JsonReader.)
 */
export function readJson(message: Pick<Msg, 'data' | 'string'>): unknown {
  return message.data.length > maxReadBytes
    ? undefined
    : tryParseBoundedJson(message.string(), eventJsonLimits);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
