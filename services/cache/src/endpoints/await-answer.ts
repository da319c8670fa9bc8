import type { awaitAnswer, LookUpReply } from '@weir/contracts/cache/lookup';
import type { BodyHandler } from '@weir/service-kit/bus/bus';
import type { Clock } from '@weir/service-kit/clock';
import { type CacheRequest, readCacheRequest, ticketOf } from '../cache-request.ts';
import type { AnswerWaits } from '../exact/answer-waits.ts';
import { withinTime } from '../within-time.ts';
import { bypassReasonOf, type LookUpParts, secondsSince } from './look-up-answer.ts';

export interface AwaitParts extends LookUpParts {
  readonly waits: AnswerWaits;
  /** Of requests' deadlines; the other one is that of what is kept. */
  readonly processClock: Clock;
}

/** Should no word come, since it was lost or who fetches the answer has died, it is looked at so often. */
const pollMs = 500;
/** For the answer's own way back. */
const marginMs = 50;

/** Waits for the answer to a request that is under way; who finds that nobody fetches it any more fetches it. */
export function createAwaitAnswer(parts: AwaitParts): BodyHandler<typeof awaitAnswer> {
  const { hmacKey, metrics, clock } = parts;
  return async (served) => {
    const startedAtMs = performance.now();
    try {
      const request = readCacheRequest(served, { hmacKey, nowMs: clock.nowMs() });
      if (typeof request === 'string') return { outcome: 'bypass', reason: request };
      const reply = await untilAnswered(request, served.signal, parts);
      metrics.lookedUp('exact', reply.outcome === 'hit' ? 'hit' : 'miss', secondsSince(request));
      return reply;
    } catch (error) {
      metrics.lookedUp('exact', 'bypass', (performance.now() - startedAtMs) / 1_000);
      return { outcome: 'bypass', reason: bypassReasonOf(error) };
    }
  };
}

async function untilAnswered(
  request: CacheRequest,
  signal: AbortSignal,
  { exact, semantic, waits, serveHit, clock, processClock, timeLimitMs }: AwaitParts,
): Promise<LookUpReply> {
  const { envelope, order, id } = request;
  const question = order.mode === 'semantic' ? semantic?.read(request) : undefined;
  const miss = (isLeader: boolean): LookUpReply => ({
    outcome: 'miss',
    ticket: ticketOf(request, { isLeader, semantic: question }),
  });
  const untilMs = Math.min(processClock.nowMs() + order.singleFlightMs, envelope.deadlineAtMs) - marginMs;
  for (;;) {
    const nowMs = clock.nowMs();
    const leftMs = untilMs - processClock.nowMs();
    const isLast = leftMs <= 0 || signal.aborted || !waits.hasRoom;
    // Begun before it is looked: what comes in between is heard.
    const wait = isLast ? undefined : waits.wait(id, Math.min(leftMs, pollMs), signal);
    const reading = await withinTime(exact.lookUp(request, { leads: true, nowMs }), timeLimitMs, clock);
    if (reading.entry) {
      const revalidate = reading.isLeader && ticketOf(request, { isLeader: true, semantic: question });
      return serveHit(request, { entry: reading.entry, nowMs, ...(revalidate && { revalidate }) });
    }
    if (reading.isLeader || !wait || (await wait) === 'given_up') return miss(reading.isLeader);
  }
}
