import { busHeaders } from '@weir/contracts/frames';
import type { BusMessage, BusRecord } from './conversations.ts';

export interface ShownRecord extends BusRecord {
  readonly message: BusMessage;
  /** Since the first that was shown. */
  readonly atMs: number;
}

/** One message in one line, its body below it where contents are wanted. */
export function textLines(record: ShownRecord, withContents: boolean): string {
  const { kind, from, to, requestIds, atMs, message } = record;
  const line = [
    `${atMs.toFixed(1).padStart(10)} ms`,
    `${from} -> ${to}`.padEnd(22),
    kind.padEnd(11),
    `${message.data.length.toLocaleString('en')} B`.padStart(11),
    message.subject.padEnd(34),
    requestIds[0] ?? '',
    requestIds.length > 1 ? `and ${requestIds.length - 1} more` : '',
  ];
  const body = withContents ? contentsOf(message).map((text) => `\n${text.replaceAll(/^/gm, '    ')}`) : [];
  return line.join('  ').trimEnd() + body.join('');
}

/** One message as one JSON object, for programs. */
export function jsonLine(record: ShownRecord, withContents: boolean): string {
  const { kind, from, to, requestIds, atMs, message } = record;
  const { subject, data } = message;
  return JSON.stringify({
    at_ms: Math.round(atMs * 1_000) / 1_000,
    from,
    to,
    kind,
    bytes: data.length,
    subject,
    request_ids: requestIds,
    ...(withContents && { contents: contentsOf(message) }),
  });
}

/** A stream's head and trailer travel in headers, beside the body. */
function contentsOf({ data, header }: BusMessage): string[] {
  const texts = [header(busHeaders.head), new TextDecoder().decode(data), header(busHeaders.trailer)];
  return texts.filter((text) => text !== undefined).filter((text) => text !== '');
}
