import type { Envelope } from '@weir/contracts/envelope';
import { routingConfigSchema } from '@weir/contracts/routing/config';
import { Fault } from '@weir/service-kit/fault';
import { testEnvelope } from '@weir/testkit/envelope';
import { expect, test } from 'vitest';
import { compileConfig } from '../domain/routing/compile.ts';
import { createCompleteChat } from './complete-chat.ts';

type Parts = Parameters<typeof createCompleteChat>[0];

const noFinder = {} as Parameters<typeof compileConfig>[1];

/** How a request ends that has passed these guardrails, where the config asks for others: `reached`, or the fault. */
async function outcome(config: object, guardrails?: Envelope['guardrails']) {
  const compiled = compileConfig(routingConfigSchema.parse(config), noFinder);
  const complete = createCompleteChat({
    credentials: { assertKnown: () => undefined },
    configs: { resolve: () => ({ name: 'careful', compiled }) },
    engine: {
      selector: {
        plan: () => {
          throw new Error('reached');
        },
      },
    },
  } as unknown as Parts);
  const envelope = { ...testEnvelope(), ...(guardrails && { guardrails }) };
  const request = { data: { model: 'm', messages: [] }, envelope, signal: new AbortController().signal };
  try {
    await complete(
      request as unknown as Parameters<typeof complete>[0],
      {} as Parameters<typeof complete>[1],
    );
  } catch (thrown) {
    if (!(thrown instanceof Fault)) return 'reached';
    return [thrown.code, thrown.details.required];
  }
  return 'ended';
}

test('a request that has not passed what its config asks for is refused, and told what that is', async () => {
  const config = { input_guardrails: ['balanced'], output_guardrails: ['strict', 'house'] };
  const required = { input: ['balanced'], output: ['strict', 'house'] };
  for (const passed of [
    undefined,
    { input: ['strict'], output: ['strict', 'house'] },
    { input: ['balanced'], output: ['strict'] },
    { input: [], output: ['balanced', 'strict', 'house'] },
  ])
    expect(await outcome(config, passed)).toEqual(['guardrails_required', required]);
});

test('one that has passed it and more goes on, and so does any whose config asks for nothing', async () => {
  const config = { inputGuardrails: ['balanced'] };
  expect(await outcome(config, { input: ['report', 'balanced'], output: [] })).toBe('reached');
  expect(await outcome({})).toBe('reached');
  expect(await outcome({ output_guardrails: ['off'] })).toBe('reached');
});
