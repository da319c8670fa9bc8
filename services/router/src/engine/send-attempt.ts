import { Fault } from '@weir/service-kit/fault';
import { missingUsage } from '../dialects/usage.ts';
import type { AttemptParts, AttemptResult } from './attempt.ts';
import { readResponse, type ReadProgress } from './read-response.ts';

/** Sends one request to one provider, and relays the chunks where the response is streamed. Throws nothing. */
export async function sendAttempt(parts: AttemptParts): Promise<AttemptResult> {
  const { upstream, wire, context, credential, timeouts, signal } = parts;
  const progress: ReadProgress = { usage: () => missingUsage(context.model) };
  try {
    const { model } = context;
    const response = await upstream.post(wire.path, wire.body, { model, credential, signal, timeouts });
    progress.status = response.status;
    return await readResponse(response, parts, progress).finally(() => {
      parts.received.bytes += response.receivedBytes;
    });
  } catch (thrown) {
    const { status, refusal, relay, usage, output } = progress;
    const fault = Fault.from(thrown);
    const emptyAnswer = fault.code === 'upstream_empty_answer' ? progress.emptyAnswer : undefined;
    const isOurs = relay?.isWaiting === true && fault.code === 'upstream_timeout';
    const failure = {
      fault: isOurs ? new Fault('deadline_exceeded') : fault,
      status: status !== undefined && status >= 300 ? status : undefined,
      refusal,
      ...(emptyAnswer && { isEmptyAnswer: true }),
    };
    return { ok: false, failure, emptyAnswer, usage: usage(), output, lateWarnings: relay?.lateWarnings };
  }
}
