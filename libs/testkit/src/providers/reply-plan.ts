import type { BodyFault, WireFault } from './fault.ts';
import type { JsonReply, Reply, TextReply } from './reply.ts';
import { planStream } from './stream-plan.ts';
import type { WirePlan } from './wire-plan.ts';

const HTML_PAGE = '<!DOCTYPE html><html><head><title>Welcome</title></head><body>It works!</body></html>';

/** Plans the bytes of a reply, with the fault that befalls them on their way. */
export function planReply(reply: Reply, fault?: WireFault): WirePlan {
  switch (fault?.kind) {
    case 'wrong_content_type':
      return planBody(HTML_PAGE, reply, 'text/html; charset=utf-8');
    case 'slow_first_byte': {
      const plan = planReply(reply);
      if (fault.after !== 'headers') return { ...plan, holdHeadersMs: fault.delayMs };
      return { ...plan, headersFirst: true, holdBodyMs: fault.delayMs };
    }
    case undefined:
    case 'stall':
    case 'cut':
    case 'clean_cut':
    case 'malformed_json':
    case 'malformed_sse':
    case 'error_in_200':
    case 'empty_answer':
      return reply.kind === 'stream' ? planStream(reply, fault) : planWhole(reply, fault);
  }
}

function planWhole(reply: JsonReply | TextReply, fault: BodyFault | undefined): WirePlan {
  const contentType = reply.kind === 'json' ? 'application/json' : reply.contentType;
  const body = reply.kind === 'json' ? JSON.stringify(reply.body) : reply.text;
  const plan = planBody(body, reply, contentType);
  const half = body.slice(0, Math.ceil(body.length / 2));
  switch (fault?.kind) {
    case undefined:
    case 'error_in_200':
      return plan;
    case 'malformed_json':
      return planBody(body.slice(0, -1), reply, contentType);
    case 'malformed_sse':
      return planBody(`data: ${body}\n\n`, reply, contentType);
    case 'empty_answer':
      return fault.form === 'no_choices' ? plan : planBody('', reply, contentType);
    case 'stall':
      return { ...plan, pieces: [{ text: half, tokens: 0 }], ending: 'stay_open' };
    case 'cut':
      return { ...plan, pieces: [{ text: half, tokens: 0 }], ending: 'destroy' };
    case 'clean_cut':
      return planBody(half, reply, contentType);
  }
}

function planBody(body: string, reply: Reply, contentType: string): WirePlan {
  return {
    status: reply.kind === 'stream' ? 200 : reply.status,
    headers: { ...reply.headers, 'content-type': contentType, 'content-length': Buffer.byteLength(body) },
    pieces: body === '' ? [] : [{ text: body, tokens: reply.kind === 'json' ? reply.tokens : 0 }],
    ending: 'complete',
    headersFirst: false,
  };
}
