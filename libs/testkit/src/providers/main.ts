import { z } from 'zod';
import { startFakeProvider } from './fake-provider.ts';

/** Runs a fake provider as a process of its own. Prints `{"url": ...}` on one line when it listens. */

const environmentSchema = z.object({
  FAKE_PROVIDER_PORT: z.coerce.number().int().min(0).max(65_535).optional(),
  FAKE_PROVIDER_HOST: z.string().optional(),
  FAKE_PROVIDER_LEAD: z.string().optional(),
  FAKE_PROVIDER_LATENCY_MS: z.coerce.number().min(0).optional(),
  FAKE_PROVIDER_TOKENS_PER_SECOND: z.coerce.number().positive().optional(),
});

const environment = environmentSchema.parse(process.env);

const provider = await startFakeProvider({
  port: environment.FAKE_PROVIDER_PORT,
  host: environment.FAKE_PROVIDER_HOST,
  lead: environment.FAKE_PROVIDER_LEAD,
  latencyMs: environment.FAKE_PROVIDER_LATENCY_MS,
  tokensPerSecond: environment.FAKE_PROVIDER_TOKENS_PER_SECOND,
  // Nobody in this process reads them.
  maxRecorded: 0,
});

const stop = () => {
  void provider.close().then(() => process.exit(0));
};

process.once('SIGTERM', stop);
process.once('SIGINT', stop);
// The channel closes when the parent dies, however it dies.
process.once('disconnect', stop);

process.stdout.write(`${JSON.stringify({ url: provider.url })}\n`);
