import { judgeAnswer } from '@weir/contracts/cache/lookup';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { JsonReader } from '@weir/service-kit/json-reader';
import { parseOrFault } from '@weir/service-kit/schema-fault';
import { readJsonBody } from '../domain/json-body.ts';
import type { ChatContext } from '../request-context.ts';
import type { Handler } from './stage.ts';

/** A caller's verdict on an answer that it has got from the cache. */
export const judge =
  ({
    bus,
    reader,
  }: {
    readonly bus: Pick<Bus, 'request'>;
    readonly reader: JsonReader;
  }): Handler<ChatContext> =>
  async ({ body, envelope, response }) => {
    const judge = (value: unknown) => parseOrFault(judgeAnswer.request, value);
    const verdict = await readJsonBody(body, { reader, judge });
    response.json(200, JSON.stringify(await bus.request(judgeAnswer, verdict, envelope)));
  };
