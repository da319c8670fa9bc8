import { z } from 'zod';
import { Fault } from '@weir/service-kit/fault';

const spoken = z.looseObject({ refusal: z.string().nullish() }).optional();

const refusable = z.looseObject({
  choices: z.array(z.looseObject({ finish_reason: z.string().nullish(), delta: spoken, message: spoken })),
});

/**
 * Throws `content_policy_violation` where an answer, or the beginning of a streamed one, is a refusal that came as a
 * success. Only for callers who have named a model that is to answer instead: others get the refusal as it is.
 */
export function refuseRefusals(texts: readonly string[]): void {
  for (const text of texts) {
    const answer = refusable.safeParse(JSON.parse(text)).data;
    const isRefused = answer?.choices.some(
      ({ finish_reason, delta, message }) =>
        finish_reason === 'content_filter' || Boolean(delta?.refusal) || Boolean(message?.refusal),
    );
    if (isRefused) throw new Fault('content_policy_violation');
  }
}
