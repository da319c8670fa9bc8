import { deleteConfig, readConfig, rollBackConfig, writeConfig } from '@weir/contracts/admin/routing-configs';
import { routerSealingKey } from '@weir/contracts/sealing-key';

import { startIngress, type Ingress, type Options } from './harness.ts';
import { oldKeys } from './sealing-keys.ts';

export const adminKey = 'the-admin-key-of-tests';

export const record = {
  name: 'cheap',
  revision: 7,
  updated_at: '2026-01-01T00:00:00.000Z',
  config: { provider: 'openai', api_key: '****mine' },
  warnings: [],
};

/** An ingress with an admin API, whose routers know one config. */
export async function startAdmin(options: Options = {}): Promise<Ingress> {
  const ingress = await startIngress({ WEIR_ADMIN_KEY: adminKey }, options);
  ingress.bus.answer(routerSealingKey, () => ({ publicKey: oldKeys.publicKey }));
  ingress.bus.answer(readConfig, () => record);
  ingress.bus.answer(writeConfig, () => record);
  ingress.bus.answer(deleteConfig, ({ name }) => ({ name, deleted: true }));
  ingress.bus.answer(rollBackConfig, () => ({ ...record, revision: 8 }));
  return ingress;
}

export interface AdminQuestion {
  headers?: Record<string, string>;
  /** A text is sent as it is. */
  body?: unknown;
}

/** Asks as an admin. */
export function askAdmin(
  { url }: Ingress,
  method: string,
  path: string,
  { headers = {}, body }: AdminQuestion = {},
): Promise<Response> {
  const hasBody = body !== undefined;
  return fetch(`${url}/admin/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${adminKey}`,
      ...(hasBody && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(hasBody && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
}
