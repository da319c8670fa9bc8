import { Fault } from '@weir/service-kit/fault';
import type { Pipelines } from '../pipeline.ts';
import { requireKey } from '../stages/authenticate.ts';
import type { Door } from './door.ts';
import type { Endpoint } from './endpoint.ts';

export const chatCompletions = (door: Door, { chat }: Pipelines): Endpoint => ({
  method: 'POST',
  url: '/v1/chat/completions',
  admit: ({ headers }) => {
    requireKey(headers);
  },
  handle(request) {
    const { body } = request;
    if (!Buffer.isBuffer(body)) throw new Fault('unsupported_media_type');
    return chat({ ...door.arrival(request), body });
  },
});
