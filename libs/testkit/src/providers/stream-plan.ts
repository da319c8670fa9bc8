import type { BodyFault } from './fault.ts';
import type { StreamRecord, StreamReply } from './reply.ts';
import type { WirePiece, WirePlan } from './wire-plan.ts';

const DEFAULT_BROKEN_RECORD = 2;

/** Plans the records of a stream, with the fault that befalls them on their way. */
export function planStream(reply: StreamReply, fault: BodyFault | undefined): WirePlan {
  const { records } = reply;
  const frame = (some: StreamRecord[]) => some.map((record) => frameRecord(record, reply.framing));
  const plan = (pieces: WirePiece[], ending: WirePlan['ending'] = 'complete'): WirePlan => {
    const contentType = reply.framing === 'sse' ? 'text/event-stream; charset=utf-8' : 'application/x-ndjson';
    const headers = { ...reply.headers, 'content-type': contentType };
    return { status: 200, headers, pieces, ending, headersFirst: true };
  };
  switch (fault?.kind) {
    case undefined:
      return plan(frame(records));
    case 'stall':
      return plan(frame(beginning(records, fault.afterChunks)), 'stay_open');
    case 'cut':
      return plan(frame(beginning(records, fault.afterChunks)), 'destroy');
    case 'clean_cut':
      return plan(frame(beginning(records, fault.afterChunks)));
    case 'malformed_json':
      return plan(
        frame(breakRecords(records, fault.afterChunks ?? DEFAULT_BROKEN_RECORD, fault.records ?? 1)),
      );
    case 'malformed_sse':
      return plan(loseSeparators(frame(records), fault.afterChunks ?? DEFAULT_BROKEN_RECORD));
    case 'error_in_200':
      return plan(frame([...beginning(records, fault.afterChunks ?? 0), reply.errorRecord]));
    case 'empty_answer':
      return plan(fault.form === 'no_choices' ? frame(records) : []);
  }
}

function frameRecord({ event, data, tokens }: StreamRecord, framing: StreamReply['framing']): WirePiece {
  if (framing === 'ndjson') return { text: `${data}\n`, tokens };
  return { text: event === undefined ? `data: ${data}\n\n` : `event: ${event}\ndata: ${data}\n\n`, tokens };
}

/** The first records, never the last of all: that one would make the answer whole. */
function beginning(records: StreamRecord[], count: number): StreamRecord[] {
  return records.slice(0, Math.min(count, records.length - 1));
}

function breakRecords(records: StreamRecord[], position: number, count: number): StreamRecord[] {
  const first = Math.min(position, records.length - count);
  return records.map((record, index) =>
    index >= first && index < first + count ? { ...record, data: record.data.slice(0, -1) } : record,
  );
}

function loseSeparators(pieces: WirePiece[], position: number): WirePiece[] {
  const start = Math.min(position, pieces.length - 1);
  return pieces.map((piece, index) => (index < start ? piece : { ...piece, text: piece.text.slice(0, -1) }));
}
