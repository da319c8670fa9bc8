import type { ServiceBus } from '@weir/service-kit/bus/service-bus';
import { double } from '@weir/testkit/conformance/contracts';
import { conformanceServices } from '@weir/testkit/conformance/manifests';
import { testEnvelope } from '@weir/testkit/envelope';
import { eventually } from '@weir/testkit/eventually';
import { type ReloadableNatsServer, startNats } from '@weir/testkit/servers/nats';
import { connectTestBus, createTestProblems } from '@weir/testkit/test-bus';
import { afterAll, beforeAll, expect, test } from 'vitest';

let server: ReloadableNatsServer;
let requester: ServiceBus;
let responder: ServiceBus;
let begun = 0;
const problems = { ingress: createTestProblems(), router: createTestProblems() };

beforeAll(async () => {
  server = await startNats({ config: 'weir', services: conformanceServices });
  [requester, responder] = await Promise.all([join('ingress'), join('router')]);
  responder.serve(double, ({ data }) => {
    begun++;
    return { value: data.value * 2 };
  });
  await responder.served();
});
afterAll(async () => {
  await Promise.all([requester.drain(), responder.drain()]);
  await server.close();
});

const join = (service: 'ingress' | 'router') =>
  connectTestBus({ url: server.urlFor(service), service, problems: problems[service] });

const ask = () => requester.request(double, { value: 21 }, testEnvelope(5_000));

/** Each is a line of one service's section in the configuration. */
test.each([
  {
    denied: 'its subscription',
    part: 'subscribe',
    line: '"weir.v1.router.double router"',
    who: 'router',
    told: /to subscribe to weir\.v1\.router\.double,/,
    blocks: true,
    outcome: 'absent',
  },
  {
    denied: 'its inbox',
    part: 'subscribe',
    line: '"_INBOX_ingress.>"',
    who: 'ingress',
    told: /to subscribe to _INBOX_ingress\.>,/,
    blocks: true,
    outcome: 'denied',
  },
  {
    denied: 'to ask',
    part: 'publish',
    line: '"weir.v1.router.double"',
    who: 'ingress',
    told: /to publish to weir\.v1\.router\.double,/,
    blocks: false,
    outcome: 'denied',
  },
  {
    denied: 'to answer',
    part: 'publish',
    line: '"_INBOX_ingress.>"',
    who: 'router',
    told: /to publish to _INBOX_ingress\.>,/,
    blocks: true,
    outcome: 'silent',
  },
] as const)(
  '$who is denied $denied: requests fail quickly, it is told, and heals once it is granted again',
  async (row) => {
    expect(await ask()).toEqual({ value: 42 });
    await server.reload((config) => without(config, row));
    await eventually(async () => {
      const askedAtMs = performance.now();
      await expect(ask()).rejects.toMatchObject({ status: 503 });
      if (row.outcome !== 'silent') expect(performance.now() - askedAtMs).toBeLessThan(500);
      const told = problems[row.who].list().find(({ message }) => row.told.test(message));
      expect(told?.code).toBe('bus_permission_denied');
    }, 10_000);
    expect(problems[row.who].missing).toHaveLength(row.blocks ? 1 : 0);
    const begunBefore = begun;
    expect(await requester.probe(double, 300)).toBe(row.outcome);
    await expect(requester.request(double, { value: 1 }, testEnvelope(200))).rejects.toThrow();
    // What cannot be answered is not begun either.
    expect(begun).toBe(begunBefore);
    await server.reload((config) => config);
    await eventually(async () => {
      expect(await ask()).toEqual({ value: 42 });
      expect(await requester.probe(double, 300)).toBe('answered');
      expect(problems[row.who].list()).toEqual([]);
    }, 10_000);
  },
);

function without(config: string, { who, part, line }: { who: string; part: string; line: string }): string {
  const section = config.indexOf(`${part}: {`, config.indexOf(`${who}_may: {`));
  const at = config.indexOf(`${line}\n`, section);
  expect(at).toBeGreaterThan(section);
  return config.slice(0, at) + config.slice(at + line.length);
}
