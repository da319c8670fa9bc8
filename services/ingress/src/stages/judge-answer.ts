import { judgeAnswer } from '@weir/contracts/cache/lookup';
import type { Bus } from '@weir/service-kit/bus/bus';
import { parseOrFault } from '@weir/service-kit/schema-fault';
import { parseJsonBody } from '../domain/json-body.ts';
import type { ChatContext } from '../request-context.ts';
import type { Handler } from './stage.ts';

/** A caller's verdict on an answer that it has got from the cache. */
export const judge =
  ({ bus }: { readonly bus: Pick<Bus, 'request'> }): Handler<ChatContext> =>
  async ({ body, envelope, response }) => {
    const verdict = parseOrFault(judgeAnswer.request, parseJsonBody(body));
    response.json(200, JSON.stringify(await bus.request(judgeAnswer, verdict, envelope)));
  };
