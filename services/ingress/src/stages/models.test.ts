import { expect, test } from 'vitest';
import type { RoutingAccess } from '@weir/contracts/access-policy';
import { listModels } from '@weir/contracts/router';
import { Fault } from '@weir/service-kit/fault';
import { testEnvelope } from '@weir/testkit/envelope';
import { FakeBus } from '../../test/fake-bus.ts';
import type { ModelContext } from '../request-context.ts';
import { answerModel } from './models.ts';

/** How a request for a model ends, where the router lists one model of OpenAI's and holds the list to what is allowed. */
async function outcome(modelId: string, access?: RoutingAccess) {
  const bus = new FakeBus();
  bus.answer(listModels, (_, envelope) => {
    const { models = [], providers = [] } = envelope.access ?? {};
    const isListed = [...models, ...providers].every((list) =>
      list.some((name) => ['*', 'openai', 'gpt-5', 'openai/gpt-5'].includes(name)),
    );
    const model = { id: 'gpt-5', object: 'model', created: 0, owned_by: 'openai' };
    return { object: 'list', data: isListed ? [model] : [] };
  });
  let body = '';
  const response = {
    json: (_status: number, json: string) => {
      body = json;
    },
  };
  const request = { envelope: { ...testEnvelope(), ...(access && { access }) }, modelId, response };
  try {
    await answerModel({ bus })(request as unknown as ModelContext);
  } catch (thrown) {
    return { code: Fault.from(thrown).code, hops: bus.askedOf(listModels).length };
  }
  return { ...(JSON.parse(body) as { id: string; owned_by: string }), hops: bus.askedOf(listModels).length };
}

const missing = { code: 'model_not_found' };

test('a model that is allowed and not listed is there, though no listed one of its provider is allowed', async () => {
  const access = { models: [['o*'], ['openai/*']] };
  expect(await outcome('openai/o4', access)).toMatchObject({ id: 'openai/o4', owned_by: 'openai', hops: 2 });
  expect(await outcome('openai/o4')).toMatchObject({ id: 'openai/o4', hops: 1 });
});

test('a model is not there that is not allowed, or whose provider is not allowed or not known', async () => {
  expect(await outcome('openai/dall-e', { models: [['o4*']] })).toEqual({ ...missing, hops: 1 });
  expect(await outcome('gpt-5', { models: [['o4*']] })).toEqual({ ...missing, hops: 1 });
  expect(await outcome('openai/o4', { models: [['o4']], providers: [['anthropic']] })).toMatchObject(missing);
  expect(await outcome('openai/o4', { providers: [['anthropic']] })).toMatchObject(missing);
  expect(await outcome('nobody/o4', { models: [['*']] })).toMatchObject(missing);
  expect(await outcome('nobody/o4')).toMatchObject(missing);
});
