import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createAdminClient } from '@weir/admin-client/admin-client';
import { updateOrganisation } from '@weir/contracts/admin/organisations';
import { freePort } from '@weir/local-servers/port';
import { startGateway, testAdminKey, type Gateway } from '@weir/testkit/gateway';
import { startVectorDatabase } from '@weir/testkit/servers/vector-database';
import { z } from 'zod';

interface Helper {
  url: string;
  pid: number;
  close: () => Promise<void>;
}

/** What is measured and what it is measured beside, each in processes of its own. */
export interface Stack {
  provider: Helper;
  bareProxy: Helper;
  gateway: Gateway;
  /** Where the cache tells its metrics. */
  cacheOpsUrl: string;
  close(): Promise<void>;
}

export async function startStack(): Promise<Stack> {
  const provider = await startHelper(
    new URL('../../libs/testkit/src/providers/main.ts', import.meta.url),
    {},
  );
  const [opsPort, vectors] = await Promise.all([freePort(), startVectorDatabase()]);
  const [bareProxy, gateway] = await Promise.all([
    startHelper(new URL('./bare-proxy.ts', import.meta.url), { UPSTREAM_URL: provider.url }),
    startGateway({
      router: { OPENAI_API_KEY: 'sk-bench', OPENAI_BASE_URL: `${provider.url}/v1`, LOG_LEVEL: 'warn' },
      ingress: { LOG_LEVEL: 'warn' },
      guardrails: { LOG_LEVEL: 'warn' },
      cache: {
        LOG_LEVEL: 'warn',
        WEIR_OPS_PORT: String(opsPort),
        ...embedderSettings(),
        VECTOR_DATABASE_URL: vectors.url,
      },
    }),
  ]);
  // What guardrails add is measured apart.
  const admin = createAdminClient({ baseUrl: gateway.url, adminKey: testAdminKey });
  await admin.call(updateOrganisation, { id: 'default', guardrail_policy: 'off' });
  return {
    provider,
    bareProxy,
    gateway,
    cacheOpsUrl: `http://127.0.0.1:${opsPort}`,
    close: async () => {
      await Promise.all([gateway.close(), bareProxy.close()]);
      await vectors.close();
      await provider.close();
    },
  };
}

/** Which embedder is measured is the caller's choice, by the variables of production. */
function embedderSettings(): Record<string, string> {
  const names = ['WEIR_EMBEDDER', 'WEIR_EMBEDDER_MODEL', 'WEIR_EMBEDDER_URL'];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

/** Starts a script that prints `{"url": ...}` when it listens. */
async function startHelper(script: URL, environment: Record<string, string>): Promise<Helper> {
  const child = fork(fileURLToPath(script), {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  if (!child.stdout) throw new Error('no output');
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const { url } = z.object({ url: z.url() }).parse(JSON.parse(line));
  return {
    url,
    pid: child.pid ?? 0,
    close: async () => {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}
