import { expect, test } from 'vitest';
import { type BusMessage, Conversations } from './conversations.ts';
import { RequestFilter, type RequestChoice } from './request-filter.ts';

interface Shape {
  subject: string;
  reply?: string;
  body?: string;
  headers?: Record<string, string>;
}

const message = ({ subject, reply, body = '', headers = {} }: Shape): BusMessage => ({
  subject,
  reply,
  data: Buffer.from(body),
  header: (name) => headers[name],
});

const traceId = '0af7651916cd43dd8448eb211c80319c';
const request = (requestId: string, reply: string, subject = 'weir.v1.router.complete') =>
  message({
    subject,
    reply,
    headers: {
      'Weir-Envelope': JSON.stringify({ requestId, tenant: 't' }),
      traceparent: `00-${traceId}-b7ad6b7169203331-01`,
    },
  });
const frame = (subject: string, kind: string, body?: string) =>
  message({ subject, headers: { 'Weir-Frame': kind }, ...(body !== undefined && { body }) });

/** `from>to kind requestIds` of each message that is one of Weir's. */
const lines = (messages: readonly BusMessage[]) => {
  const conversations = new Conversations();
  return messages
    .map((one) => conversations.see(one))
    .map((record) => record && `${record.from}>${record.to} ${record.kind} ${record.requestIds.join()}`);
};

test('the messages of a stream are known by the subject that its requester listens on', () => {
  const inbox = '_INBOX_ingress.a1-0.3';
  const control = (order: object) =>
    message({
      subject: 'weir.v1.router.control.b2-0',
      body: JSON.stringify({ stream: inbox, ...order }),
    });
  expect(
    lines([
      request('r1', inbox),
      frame(inbox, 'accepted 0', 'weir.v1.router.control.b2-0'),
      frame(inbox, 'chunk 1', '{}'),
      control({ credit: 32 }),
      control({ cancel: true }),
      frame(inbox, 'end 2'),
      frame(inbox, 'chunk 3'),
    ]),
  ).toEqual([
    'ingress>router request r1',
    'router>ingress accepted r1',
    'router>ingress chunk 1 r1',
    'ingress>router credit 32 r1',
    'ingress>router cancel r1',
    'router>ingress end r1',
    // Of a conversation that is over, or whose beginning was not seen, only what the message says itself is known.
    '?>ingress chunk 3 ',
  ]);
});

test('a reply, a fault and a request that is asked of another are told apart', () => {
  const [first, second] = ['_INBOX_ingress.a.1', '_INBOX_router.b.1'];
  expect(
    lines([
      request('r1', first, 'weir.v1.router.models'),
      request('r1', second, 'weir.v1.keys.verify'),
      message({ subject: second, headers: { 'Nats-Service-Error-Code': '401' }, body: '{}' }),
      message({ subject: first, body: '{}' }),
    ]),
  ).toEqual([
    'ingress>router request r1',
    'router>keys request r1',
    'keys>router fault r1',
    'router>ingress reply r1',
  ]);
});

test('events show the requests that they tell of, alone and in batches, and how they are stored and delivered', () => {
  const inbox = '_INBOX_router.b.2';
  const subject = 'weir.v1.usage.attempted';
  const batch = JSON.stringify([{ data: { requestId: 'r1' } }, { data: { requestId: 'r2' } }]);
  expect(
    lines([
      message({
        subject,
        reply: inbox,
        body: '{"requestId":"r1"}',
        headers: { 'ce-type': subject, 'ce-source': '/weir/router' },
      }),
      message({ subject: inbox, body: '{"stream":"WEIR_USAGE","seq":1}' }),
      message({
        subject,
        reply: inbox,
        body: batch,
        headers: { 'content-type': 'application/cloudevents-batch+json' },
      }),
      message({ subject, reply: '$JS.ACK.WEIR_USAGE.cost-usage-attempted.2.1.1.0.0', body: batch }),
    ]),
  ).toEqual([
    'router>JetStream event r1',
    'JetStream>router stored r1',
    'router>JetStream event r1,r2',
    'JetStream>cost-usage-attempted delivery 2 r1,r2',
  ]);
});

test('signs of life, discovery and what is not from Weir are left out', () => {
  expect(
    lines([
      message({ subject: 'weir.v1.router.control.b2-0', reply: '_INBOX_ingress.a.9' }),
      message({ subject: '_INBOX_ingress.a.9' }),
      message({ subject: 'weir.v1.router.complete', reply: '_INBOX_x.1', body: 'not ours' }),
      message({ subject: '$KV.bucket.key', reply: '$JS.ACK.KV_bucket.x.1.1.1.0.0' }),
    ]),
  ).toEqual([undefined, undefined, undefined, undefined]);
});

const [inboxOfOne, inboxOfOther] = ['_INBOX_ingress.a.1', '_INBOX_ingress.a.2'];
const two = [
  request('r1', inboxOfOne),
  request('r2', inboxOfOther),
  frame(inboxOfOther, 'end 0'),
  frame(inboxOfOne, 'end 0'),
  message({ subject: 'weir.v1.usage.attempted', headers: { 'ce-type': 'x' }, body: '[{"requestId":"r1"}]' }),
];

function admitted(choice: RequestChoice): string[] {
  const conversations = new Conversations();
  const filter = new RequestFilter(choice);
  return two.flatMap((one) => {
    const record = conversations.see(one);
    return record && filter.admits(record) ? [`${record.kind} ${record.requestIds.join()}`] : [];
  });
}

test('one request is followed by its id, by its trace, or because it is the next', () => {
  const ofFirst = ['request r1', 'end r1', 'event r1'];
  expect(admitted({ request: 'r1' })).toEqual(ofFirst);
  expect(admitted({ next: true })).toEqual(ofFirst);
  expect(admitted({ request: traceId })).toHaveLength(5);
  expect(admitted({ request: 'r3' })).toEqual([]);
  expect(admitted({})).toHaveLength(5);
});

test('the next request is over when all that was asked for it is answered', () => {
  const conversations = new Conversations();
  const filter = new RequestFilter({ next: true });
  const inner = '_INBOX_router.b.1';
  const answered = [
    request('r1', inboxOfOne),
    request('r1', inner, 'weir.v1.keys.verify'),
    message({ subject: inner, body: '{}' }),
    frame(inboxOfOne, 'end 0'),
  ].map((one) => {
    const record = conversations.see(one);
    if (record) filter.admits(record);
    return filter.isAnswered;
  });
  expect(answered).toEqual([false, false, false, true]);
});
