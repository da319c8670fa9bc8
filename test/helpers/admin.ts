import { createAdminClient, type AdminClient } from '@weir/admin-client/admin-client';
import { testAdminKey } from '@weir/testkit/gateway';
import { z } from 'zod';

export interface AdminAnswer {
  readonly status: number;
  readonly etag: string | null;
  /** As it was sent. */
  readonly text: string;
  /** Throws where it is none. */
  json(): unknown;
}

export type AdminCall = [
  method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  question?: { readonly body?: object; readonly headers?: Record<string, string> },
];

/** Asks the admin API of the gateway at `url`, with the admin key unless the headers have another. */
export async function askAdmin(
  url: string,
  ...[method, path, { body, headers } = {}]: AdminCall
): Promise<AdminAnswer> {
  const response = await fetch(`${url}/admin/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${testAdminKey}`,
      ...(body && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    etag: response.headers.get('etag'),
    text,
    json: () => JSON.parse(text) as unknown,
  };
}

/** The admin API of the gateway at `url`, by its contracts. */
export const adminOf = (url: string, adminKey = testAdminKey): AdminClient =>
  createAdminClient({ baseUrl: url, adminKey });

const statusSchema = z.object({
  replicas: z.array(z.object({ service: z.string(), id: z.string() })),
  targets: z.array(
    z.object({
      provider: z.string(),
      model: z.string(),
      state: z.string(),
      until: z.string().nullable(),
      reason: z.string().nullable(),
    }),
  ),
  problems: z.array(z.string()),
});

export async function readStatus(url: string) {
  return statusSchema.parse((await askAdmin(url, 'GET', '/status')).json());
}
