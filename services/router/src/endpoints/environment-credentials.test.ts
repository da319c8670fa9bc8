import { environmentCredentials } from '@weir/contracts/keys/credentials';
import { testEnvelope } from '@weir/testkit/envelope';
import { expect, test } from 'vitest';
import { aCredential } from '../../test/credential-index.ts';
import { aProvider } from '../../test/a-provider.ts';
import { providersFromPresets } from '../providers/from-presets.ts';
import { createEnvironmentCredentials } from './environment-credentials.ts';

test("the environment's keys are told by their variables and last four characters, and no stored ones", async () => {
  const env = {
    OPENAI_API_KEY: 'sk-operator-0001,sk-operator-0002',
    GROQ_API_KEY: 'short',
    OLLAMA_HOST: 'gpu',
  };
  const handler = createEnvironmentCredentials([
    ...providersFromPresets(env, () => undefined),
    aProvider({ credentials: [aCredential('stored')] }),
  ]);
  const signal = new AbortController().signal;
  const reply = await handler({ data: {}, envelope: testEnvelope(), signal });
  expect(environmentCredentials.reply.parse(reply).data).toEqual([
    { provider: 'openai', variable: 'OPENAI_API_KEY', last_four: '0001' },
    { provider: 'openai', variable: 'OPENAI_API_KEY', last_four: '0002' },
    { provider: 'groq', variable: 'GROQ_API_KEY', last_four: '' },
  ]);
});
