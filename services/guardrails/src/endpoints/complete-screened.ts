import type { CacheClient } from '@weir/cache-client/cache-client';
import type { Direction } from '@weir/contracts/guardrails/policy';
import type { completeScreened } from '@weir/contracts/guardrails/screening';
import { completeChat } from '@weir/contracts/router';
import type { Bus, StreamHandler } from '@weir/service-kit/bus/bus';
import type { Clock } from '@weir/service-kit/clock';
import type { MasterKeys } from '@weir/service-kit/crypto/master-keys';
import { onAbort } from '@weir/service-kit/on-abort';
import { type CompiledScreening, screeningDigest } from '../domain/compiled-policy.ts';
import { hashKeyOf, Placeholders } from '../masking/placeholders.ts';
import type { GuardrailMetrics } from '../screening/guardrail-metrics.ts';
import { screenCompletion } from '../screening/screen-completion.ts';
import { readRequest, screenRequest } from '../screening/screen-request.ts';
import { Screener } from '../screening/screener.ts';
import { SummaryBuilder } from '../screening/summary-builder.ts';
import { type AnswerEnd, ScreenedAnswer } from '../streaming/screened-answer.ts';
import { createChunkScreen } from '../streaming/create-chunk-screen.ts';
import { createScreenedFetch } from '../streaming/screened-fetch.ts';

interface Dependencies {
  readonly bus: Pick<Bus, 'requestStream'>;
  readonly cache: Pick<CacheClient, 'complete'>;
  /** Throws `guardrails_unavailable` where one of the policies is not there. */
  readonly policies: { resolve(names: readonly string[], side: Direction): CompiledScreening };
  readonly masterKeys: MasterKeys;
  readonly metrics: GuardrailMetrics;
  readonly clock: Clock;
}

const passing: CompiledScreening = { policies: [], mode: 'stream' };

/**
 * Screens a request, has the router complete it, and screens the answer on its way back. What is not changed passes as it is. Where
 * the cache is on, it is asked for the screened request, and what it has was screened by the very same policies: of that, what is
 * masked is put back, and no more.
 */
export function createCompleteScreened({
  bus,
  cache,
  policies,
  masterKeys,
  metrics,
  clock,
}: Dependencies): StreamHandler<typeof completeScreened> {
  return async ({ data: chat, body, envelope, signal }, reply) => {
    const { input = [], output = [], speaksPortkey = false } = envelope.guardrails ?? {};
    const summary = new SummaryBuilder([...input, ...output]);
    const { requestId, tenant } = envelope;
    const partsOf = (direction: Direction, names: readonly string[]) => ({
      screening: policies.resolve(names, direction),
      context: { direction, requestType: 'chat', tenant, requestId, signal },
      ...{ speaksPortkey, summary, metrics, clock },
    });
    const [requestParts, answerParts] = [partsOf('input', input), partsOf('output', output)];
    const screener = new Screener(requestParts);
    const texts = screener.isIdle
      ? undefined
      : await readRequest(body, envelope.metadata, screener.yieldTurn);
    const hashKey = () => hashKeyOf(masterKeys, tenant);
    const placeholders = new Placeholders({ texts: (texts?.all ?? []).map(({ text }) => text), hashKey });
    const counts = { choices: chat.n ?? 1 };
    const request = texts
      ? await endedBy(screener, screenRequest({ screener, placeholders, request: texts, counts }))
      : { body, metadata: envelope.metadata };
    signal.throwIfAborted();

    const { metadata } = request;
    const sent = { ...envelope, ...(metadata && { metadata }) };
    const order = envelope.cache && {
      ...envelope.cache,
      screening: screeningDigest([requestParts.screening, answerParts.screening]),
    };
    const screening = order ? passing : answerParts.screening;
    const answerScreener = new Screener({ ...answerParts, screening });
    await new Promise<void>((resolve, reject) => {
      const onOver = ({ fault, cause }: AnswerEnd) => {
        forgetSignal();
        answerScreener.end(cause);
        if (fault) reject(fault);
        else resolve();
      };
      const answer = new ScreenedAnswer({
        ...{ chat, body: request.body, reply, summary, onOver },
        stream: createChunkScreen(screening, answerScreener, placeholders),
        screenWhole: async (whole) => {
          const isDone = answerScreener.isIdle && !placeholders.hasValues;
          return isDone ? whole : screenCompletion({ screener: answerScreener, placeholders, body: whole });
        },
      });
      const forgetSignal = onAbort(signal, () => {
        answer.abandon(signal.reason);
      });
      const { body: screened } = request;
      if (!order) answer.attach(bus.requestStream(completeChat, screened, sent, answer));
      else {
        const fetch = createScreenedFetch({ bus, chat, body: screened, screening: answerParts, hashKey });
        answer.attach(cache.complete({ body: screened, envelope: { ...sent, cache: order }, fetch }, answer));
      }
    });
  };
}

async function endedBy<Result>(screener: Screener, work: Promise<Result>): Promise<Result> {
  try {
    const result = await work;
    screener.end();
    return result;
  } catch (thrown) {
    screener.end(thrown);
    throw thrown;
  }
}
