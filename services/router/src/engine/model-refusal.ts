import { arrayOf } from '@weir/contracts/collections';
import { parseMeasuredJson } from '@weir/service-kit/bounded-json';
import { Fault } from '@weir/service-kit/fault';
import { safeParse } from '@weir/service-kit/schema-fault';
import { z } from 'zod';

const messageSchema = z.looseObject({ refusal: z.string().nullish() }).optional();

const responseSchema = z.looseObject({
  choices: arrayOf(
    z.looseObject({ finish_reason: z.string().nullish(), delta: messageSchema, message: messageSchema }),
  ),
});

/**
 * Throws `content_policy_violation` where a response with status 200, or the beginning of a stream, is the model's refusal.
 * Only for configs with `content_policy_fallbacks`: all other clients get the refusal as it is.
 */
export function throwOnRefusal(texts: readonly string[]): void {
  for (const text of texts) {
    const response = safeParse(responseSchema, parseMeasuredJson(text)).data;
    const isRefusal = response?.choices.some(
      ({ finish_reason, delta, message }) =>
        finish_reason === 'content_filter' || Boolean(delta?.refusal) || Boolean(message?.refusal),
    );
    if (isRefusal) throw new Fault('content_policy_violation');
  }
}
