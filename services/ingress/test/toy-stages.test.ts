import { expect, test, vi } from 'vitest';
import { Fault } from '@weir/service-kit/fault';
import { wrapSink } from '../src/completion-sink.ts';
import type { RequestOutcome } from '../src/http/request-outcome.ts';
import { createPipelines, type CreatePipelines } from '../src/pipeline.ts';
import type { ChatContext } from '../src/request-context.ts';
import { chooseGuardrails } from '../src/stages/choose-guardrails.ts';
import { complete } from '../src/stages/complete.ts';
import { readChat, type ChatRead } from '../src/stages/read-chat.ts';
import { readRoutingHeaders } from '../src/stages/read-routing-headers.ts';
import { from, type Stage } from '../src/stages/stage.ts';
import { head, trailer } from './fake-bus.ts';
import { chat, jsonHeaders, post, startIngress, streamedChat } from './harness.ts';
import { RawConnection, requestText } from './raw-connection.ts';

/** What a guardrail, a cache and an account are to the pipeline: each a stage of some lines, before the last. */

type ChatStage = Stage<ChatContext & ChatRead, object>;

const startWith = (stage: ChatStage) => {
  const withStage: CreatePipelines = (parts) => ({
    ...createPipelines(parts),
    chat: {
      admit: parts.authenticate,
      handle: from<ChatContext>()
        .through(readRoutingHeaders)
        .through(chooseGuardrails(parts))
        .through(readChat(parts))
        .through(stage)
        .to(complete(parts)),
    },
  });
  return startIngress({}, { createPipelines: withStage });
};

const redact: ChatStage = ({ sink }, next) =>
  next({
    sink: wrapSink(sink, {
      onChunk(chunk, onward) {
        onward(Buffer.from(Buffer.from(chunk).toString().replaceAll('secret', '******')));
      },
    }),
  });

const answerFrom = (cache: Map<string, string>): ChatStage =>
  function lookUp({ body, sink }, next) {
    const cached = cache.get(body.toString());
    if (cached === undefined) return next({});
    sink.onHead({ ...head, provider: 'cache' });
    sink.onEnd(trailer, Buffer.from(cached));
    return undefined;
  };

const accountTo =
  (ledger: RequestOutcome[]): ChatStage =>
  ({ response }, next) => {
    void response.ended.then((outcome) => ledger.push(outcome));
    return next({});
  };

test('a stage that redacts sees every chunk before the client does', async () => {
  const ingress = await startWith(redact);
  ingress.bus.onCall = (call) => {
    call.head();
    call.chunk('{"text":"a secret"}');
    call.chunk('{"text":"no more"}');
    call.end();
  };
  const text = await (await post(ingress, streamedChat)).text();
  expect(text).toBe('data: {"text":"a ******"}\n\ndata: {"text":"no more"}\n\ndata: [DONE]\n\n');
});

test('a stage that has an answer gives it, and no router is asked', async () => {
  const ingress = await startWith(answerFrom(new Map([[JSON.stringify(chat), '{"cached":true}']])));
  ingress.bus.onCall = (call) => {
    call.end('{"cached":false}');
  };
  const hit = await post(ingress, chat);
  expect(hit.headers.get('x-weir-provider')).toBe('cache');
  expect(await hit.json()).toEqual({ cached: true });
  expect(ingress.bus.calls).toEqual([]);
  expect(await (await post(ingress, { ...chat, seed: 1 })).json()).toEqual({ cached: false });
});

test('a stage that accounts is told how the request ended, what it used and how much was sent', async () => {
  const ledger: RequestOutcome[] = [];
  const ingress = await startWith(accountTo(ledger));
  ingress.bus.onCall = (call) => {
    call.chunk('{"n":1}');
    call.end();
  };
  const text = await (await post(ingress, streamedChat)).text();
  await expect.poll(() => ledger).toHaveLength(1);
  expect(ledger[0]).toMatchObject({
    status: 200,
    fault: undefined,
    isCancelled: false,
    isStreamed: true,
    tenant: 'default',
    usage: trailer.usage,
    bytes: text.length,
  });
  const { beganAtMs = 0, firstByteAtMs = 0, endedAtMs = 0 } = ledger[0] ?? {};
  expect(firstByteAtMs).toBeGreaterThan(beganAtMs);
  expect(endedAtMs).toBeGreaterThanOrEqual(firstByteAtMs);
});

test('it is told of a failure, and of a client that has left', async () => {
  const ledger: RequestOutcome[] = [];
  const ingress = await startWith(accountTo(ledger));
  ingress.bus.onCall = (call) => {
    call.fault(new Fault('upstream_overloaded'));
  };
  await post(ingress, chat);
  await expect.poll(() => ledger).toHaveLength(1);
  expect(ledger[0]).toMatchObject({ status: 503, isCancelled: false, usage: undefined });
  expect(ledger[0]?.fault?.code).toBe('upstream_overloaded');

  ingress.bus.onCall = undefined;
  const asked = ingress.bus.nextCall();
  const client = await RawConnection.to(ingress.port);
  client.send(requestText(JSON.stringify(chat)));
  await asked;
  client.socket.destroy();
  await expect.poll(() => ledger).toHaveLength(2);
  expect(ledger[1]).toMatchObject({ status: 499, isCancelled: true, bytes: 0, firstByteAtMs: undefined });
});

test('a stage that goes on twice fails its request loudly, even where the answer is over', async () => {
  const twice: ChatStage = async (_request, next) => {
    await next({});
    await next({});
  };
  const ingress = await startWith(twice);
  const error = vi.spyOn(ingress.logger, 'error').mockImplementation(() => undefined);
  const response = await post(ingress, chat);
  expect(response.status).toBe(500);
  expect(await response.json()).toMatchObject({ error: { code: 'internal_error' } });
  expect(ingress.bus.calls.map((call) => call.isCancelled)).toEqual([true]);
  const cause = { message: 'The stage twice called next twice.' };
  await expect
    .poll(() => error.mock.calls[0])
    .toMatchObject([{ err: { code: 'internal_error', cause } }, 'request failed']);

  const late: ChatStage = async ({ response: writer }, next) => {
    await next({});
    await writer.ended;
    await next({});
  };
  const other = await startWith(late);
  other.bus.onCall = (call) => {
    call.end('{}');
  };
  const lateError = vi.spyOn(other.logger, 'error').mockImplementation(() => undefined);
  expect((await post(other, chat, { headers: jsonHeaders })).status).toBe(200);
  await expect
    .poll(() => lateError.mock.calls[0])
    .toMatchObject([{ err: { code: 'internal_error' } }, 'request failed after its answer']);
});
