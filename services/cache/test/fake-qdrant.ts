import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { cosine } from './open-test-store.ts';

/**
 * The part of Qdrant's REST API that the store uses, in memory, and strict: what the store sends must have the form that
 * https://api.qdrant.tech says. It shows that the store speaks it; what a real Qdrant makes of it, the suite shows where there
 * is one.
 */
export interface FakeQdrant {
  readonly url: string;
  /** What collections were made with. */
  readonly made: readonly unknown[];
  readonly close: () => void;
}

const conditionSchema = z.union([
  z.strictObject({ key: z.string(), match: z.strictObject({ value: z.string() }) }),
  z.strictObject({
    key: z.string(),
    range: z.strictObject({ lt: z.int().optional(), lte: z.int().optional(), gt: z.int().optional() }),
  }),
]);
const filterSchema = z.strictObject({ must: z.array(conditionSchema) });
const pointSchema = z.strictObject({
  id: z.uuid(),
  vector: z.array(z.number()),
  payload: z.record(z.string(), z.union([z.string(), z.int()])),
});
const bodies = {
  make: z.strictObject({
    vectors: z.strictObject({ size: z.int(), distance: z.literal('Cosine') }),
    hnsw_config: z.strictObject({ m: z.literal(0), payload_m: z.int() }),
  }),
  index: z.strictObject({ field_name: z.string(), field_schema: z.unknown() }),
  upsert: z.strictObject({ points: z.array(pointSchema) }),
  query: z.strictObject({
    query: z.array(z.number()),
    filter: filterSchema,
    limit: z.int(),
    with_payload: z.literal(true),
  }),
  delete: z.union([z.strictObject({ points: z.array(z.uuid()) }), z.strictObject({ filter: filterSchema })]),
  count: z.strictObject({ exact: z.literal(true) }),
};

type Point = z.output<typeof pointSchema>;
interface Collection {
  readonly size: number;
  readonly points: Map<string, Point>;
}

export async function startFakeQdrant(apiKey: string): Promise<FakeQdrant> {
  const collections = new Map<string, Collection>();
  const made: unknown[] = [];

  const answer = (method: string, path: string, body: unknown): unknown => {
    if (method === 'GET' && path === '/collections')
      return { collections: [...collections.keys()].map((name) => ({ name })) };
    const [, name = '', rest = ''] = /^\/collections\/([a-z0-9_-]+)(\/.*)?$/.exec(path) ?? [];
    if (rest === '/exists') return { exists: collections.has(name) };
    if (method === 'PUT' && rest === '') {
      if (collections.has(name)) throw new Refusal(409);
      const collection = bodies.make.parse(body);
      made.push(collection);
      collections.set(name, { size: collection.vectors.size, points: new Map() });
      return true;
    }
    const collection = collections.get(name);
    if (!collection) throw new Refusal(404);
    return answerOf(collection, `${method} ${rest}`, body);
  };

  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const { pathname } = new URL(request.url ?? '', 'http://qdrant');
      const write = (status: number, content: unknown) =>
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content));
      try {
        if (request.headers['api-key'] !== apiKey) throw new Refusal(401);
        if (pathname === '/') write(200, { title: 'qdrant - fake', version: '1.19.0' });
        else
          write(200, {
            result: answer(request.method ?? '', pathname, body ? JSON.parse(body) : undefined),
            status: 'ok',
            time: 0,
          });
      } catch (error) {
        write(error instanceof Refusal ? error.status : 400, {
          status: { error: `quotes what was sent: ${body}` },
          time: 0,
        });
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    made,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function answerOf({ size, points }: Collection, what: string, body: unknown): unknown {
  if (what === 'PUT /index') {
    bodies.index.parse(body);
    return { status: 'completed' };
  }
  if (what === 'PUT /points') {
    for (const point of bodies.upsert.parse(body).points) {
      if (point.vector.length !== size) throw new Refusal(400);
      points.set(point.id, point);
    }
    return { status: 'completed' };
  }
  if (what === 'POST /points/query') {
    const { query, filter, limit } = bodies.query.parse(body);
    const found = [...points.values()].filter((point) => fits(point, filter));
    const scored = found.map(({ id, vector, payload }) => ({
      ...{ id, version: 0, payload },
      score: cosine(Float32Array.from(vector), Float32Array.from(query)),
    }));
    return { points: scored.sort((a, b) => b.score - a.score).slice(0, limit) };
  }
  if (what === 'POST /points/delete') {
    const which = bodies.delete.parse(body);
    for (const point of [...points.values()])
      if ('points' in which ? which.points.includes(point.id) : fits(point, which.filter))
        points.delete(point.id);
    return { status: 'completed' };
  }
  if (what === 'POST /points/count') {
    bodies.count.parse(body);
    return { count: points.size };
  }
  throw new Refusal(404);
}

function fits({ payload }: Point, { must }: z.output<typeof filterSchema>): boolean {
  return must.every((condition) => {
    const value = payload[condition.key];
    if ('match' in condition) return value === condition.match.value;
    const { lt = Infinity, lte = Infinity, gt = -Infinity } = condition.range;
    return typeof value === 'number' && value < lt && value <= lte && value > gt;
  });
}

class Refusal extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`refused with ${status}`);
    this.status = status;
  }
}
