import { freePort } from '@weir/local-servers/port';
import type { Gateway } from '@weir/testkit/gateway';

type Settings = Readonly<Record<string, string>>;

/** Starts one more ingress beside the gateway's own. Resolves to its base URL, as an OpenAI client takes it. */
export async function startIngress(
  gateway: Pick<Gateway, 'startReplica'>,
  settings: Settings = {},
): Promise<string> {
  const port = await freePort();
  await gateway.startReplica('ingress', { WEIR_PORT: String(port), ...settings });
  return `http://127.0.0.1:${port}/v1`;
}
