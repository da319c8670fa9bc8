import { once } from 'node:events';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, test } from 'vitest';
import { adminEndpoint } from '@weir/contracts/admin/admin-endpoint';
import { pageFields, pageOf } from '@weir/contracts/admin/fields';
import { Fault } from '@weir/service-kit/fault';
import { eventually } from '@weir/testkit/eventually';
import { z } from 'zod';
import { adminKey, askAdmin, startAdmin } from './admin-harness.ts';
import type { Ingress } from './harness.ts';

const row = z.object({ id: z.string(), cost_usd: z.string(), note: z.string().nullable() });

const listRows = adminEndpoint('keys.list-rows', {
  request: z.object({ ...pageFields, format: z.enum(['json', 'csv']).default('json') }),
  reply: pageOf(row),
  timeoutMs: 1_000,
  http: {
    method: 'GET',
    path: '/rows',
    scope: 'read',
    summary: 'List them',
    csv: { columns: ['id', 'cost_usd', 'note'], pageItems: 200 },
  },
});

/** So many pages, of rows that together are more than a socket keeps. */
function answerWith(pages: number, note: string): void {
  ingress.bus.answer(listRows, ({ after = '0', limit }) => {
    const page = Number(after);
    const data = Array.from({ length: limit }, (_, index) => ({
      id: `${page}.${index}`,
      cost_usd: '-0.1',
      note: index === 0 ? note : null,
    }));
    const isLast = page + 1 >= pages;
    return { data, has_more: !isLast, next: isLast ? null : String(page + 1) };
  });
}

let ingress: Ingress;
beforeEach(async () => {
  ingress = await startAdmin({ adminContracts: [listRows] });
});

describe('a list as CSV', () => {
  test('has a line of titles, and every row of every page', async () => {
    answerWith(3, '=HYPERLINK("x")');
    const response = await askAdmin(ingress, 'GET', '/rows?format=csv&limit=7');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="rows.csv"');
    const lines = (await response.text()).split('\r\n');
    expect(lines).toHaveLength(1 + 600 + 1);
    expect(lines.slice(0, 3)).toEqual(['id,cost_usd,note', `0.0,-0.1,"'=HYPERLINK(""x"")"`, '0.1,-0.1,']);
    expect(ingress.bus.askedOf(listRows)).toEqual([
      { limit: 200, format: 'csv' },
      { limit: 200, format: 'csv', after: '1' },
      { limit: 200, format: 'csv', after: '2' },
    ]);
  });

  test('begins where it is told to, and is a line of titles where nothing follows', async () => {
    ingress.bus.answer(listRows, () => ({ data: [], has_more: false, next: null }));
    const response = await askAdmin(ingress, 'GET', '/rows?format=csv&after=9');
    expect(await response.text()).toBe('id,cost_usd,note\r\n');
    expect(ingress.bus.askedOf(listRows)).toMatchObject([{ after: '9' }]);
  });

  test('is a list in JSON where nobody asks for CSV', async () => {
    answerWith(1, '');
    const response = await askAdmin(ingress, 'GET', '/rows?limit=1');
    expect(await response.json()).toEqual({
      data: [{ id: '0.0', cost_usd: '-0.1', note: '' }],
      has_more: false,
      next: null,
    });
  });

  test('that fails before its first page is an error with its status', async () => {
    ingress.bus.answer(listRows, () => {
      throw new Fault('service_unavailable');
    });
    const response = await askAdmin(ingress, 'GET', '/rows?format=csv');
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ error: { code: 'service_unavailable' } });
  });

  test('that fails later is broken off, so that nobody takes it for the whole', async () => {
    ingress.bus.answer(listRows, ({ after }) => {
      if (after !== undefined) throw new Fault('service_unavailable');
      return { data: [{ id: 'a', cost_usd: '1', note: null }], has_more: true, next: '1' };
    });
    const text = askAdmin(ingress, 'GET', '/rows?format=csv').then((response) => response.text());
    await expect(text).rejects.toThrow();
    expect(ingress.bus.askedOf(listRows)).toHaveLength(2);
  });

  test('is asked for no faster than its client takes it, and no more when the client has left', async () => {
    answerWith(1_000_000, 'x'.repeat(1_000_000));
    const { hostname, port } = new URL(ingress.url);
    const client = connect(Number(port), hostname);
    client.write(
      `GET /admin/v1/rows?format=csv HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${adminKey}\r\n\r\n`,
    );
    await once(client, 'readable');
    const asked = () => ingress.bus.askedOf(listRows).length;
    let before = -1;
    await eventually(() => {
      const now = asked();
      const isStill = now === before;
      before = now;
      if (!isStill || now === 0) throw new Error('it still asks');
    }, 10_000);
    expect(asked()).toBeLessThan(50);
    const ended = once(client, 'close');
    client.destroy();
    await ended;
    await eventually(async () => {
      const count = await promisify(ingress.app.server.getConnections.bind(ingress.app.server))();
      expect(count).toBe(0);
    });
    expect(asked()).toBeLessThanOrEqual(before + 1);
  });
});

test('the document says which lists are there as CSV', async () => {
  const document: unknown = await (await fetch(`${ingress.url}/openapi.json`)).json();
  expect(document).toMatchObject({
    paths: {
      '/admin/v1/rows': {
        get: { responses: { '200': { content: { 'text/csv': { schema: { type: 'string' } } } } } },
      },
    },
  });
});
