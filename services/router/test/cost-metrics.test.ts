import { startFakeProvider } from '@weir/testkit/providers/fake-provider';
import { expect, onTestFinished, test } from 'vitest';
import { toCredential } from '../src/providers/credential.ts';
import { aProvider } from './a-provider.ts';
import { createCompleterOf } from './completer.ts';
import { aBudget } from './fake-cost.ts';

test('what is used and spent is measured by models that the router knows, and by no word of a caller', async () => {
  const provider = await startFakeProvider();
  onTestFinished(() => provider.close());
  const one = aProvider({
    name: 'vllm',
    baseUrl: provider.openaiBaseUrl,
    credentials: [toCredential('sk-only')],
    models: [{ id: 'm' }],
  });
  const completer = createCompleterOf([one], { limits: [aBudget] });
  provider.script({ usage: { inputTokens: 1_000, outputTokens: 500, cacheReadTokens: 0 } });
  await completer.ask({ model: 'vllm/m' }).done;
  await completer.ask({ model: 'vllm/what-a-caller-wrote' }).done;
  const exposed = await completer.metrics.expose();
  for (const model of ['m', 'other']) {
    // A dollar a million in, two out.
    expect(exposed).toContain(`llm_cost_total{provider="vllm",model="${model}",service="router"} 0.002`);
    expect(exposed).toContain(
      `llm_tokens_total{provider="vllm",model="${model}",type="input",service="router"} 1000`,
    );
    expect(exposed).toContain(
      `llm_tokens_total{provider="vllm",model="${model}",type="output",service="router"} 500`,
    );
  }
  expect(exposed).not.toContain('what-a-caller-wrote');
  expect(exposed).toContain('weir_router_admissions_total{outcome="admitted",service="router"} 2');
  expect(exposed).toContain('weir_router_admission_duration_seconds_count{service="router"} 2');
  expect(exposed).toContain('weir_router_holds{service="router"} 0');
});
