import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import { fork, type ChildProcess } from 'node:child_process';
import type { ServiceBus } from '@weir/service-kit/bus/service-bus';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { collect } from '@weir/testkit/collect';
import { count, double } from '@weir/testkit/conformance/contracts';
import { conformanceServices } from '@weir/testkit/conformance/manifests';
import { testEnvelope } from '@weir/testkit/envelope';
import { eventually } from '@weir/testkit/eventually';
import { startNats, type NatsTestServer } from '@weir/testkit/servers/nats';
import { connectTestBus } from '@weir/testkit/test-bus';

let server: NatsTestServer;
let requester: ServiceBus;
let buses: ServiceBus[];
let rogues: NatsConnection[];
let children: ChildProcess[];

beforeEach(async () => {
  server = await startNats({ config: 'weir', services: conformanceServices });
  [buses, rogues, children] = [[], [], []];
  requester = await join('ingress');
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await Promise.all([...buses.map((bus) => bus.drain()), ...rogues.map((rogue) => rogue.close())]);
  await server.close();
});

async function join(service: 'ingress' | 'router'): Promise<ServiceBus> {
  const bus = await connectTestBus({ url: server.urlFor(service), service });
  buses.push(bus);
  return bus;
}

async function joinRogue(service: 'ingress' | 'router'): Promise<NatsConnection> {
  const { host, username, password } = new URL(server.urlFor(service));
  const inboxPrefix = `_INBOX_${service}`;
  const rogue = await connect({ servers: host, user: username, pass: password, inboxPrefix });
  rogues.push(rogue);
  return rogue;
}

async function startResponder(): Promise<ChildProcess> {
  const child = fork(new URL('../processes/responder.ts', import.meta.url), [server.urlFor('router')]);
  children.push(child);
  await new Promise((resolve) => child.once('message', resolve));
  return child;
}

function open(to = 1) {
  const sink = collect<typeof count>();
  requester.requestStream(count, Buffer.from(JSON.stringify({ to })), testEnvelope(), sink);
  return sink.ended;
}

async function openAll(number: number): Promise<(string | undefined)[]> {
  const ended = await Promise.all(Array.from({ length: number }, () => open()));
  return ended.map(({ fault }) => fault?.code);
}

const none = (number: number) => Array.from({ length: number }, () => undefined);

describe('where one of two instances hangs', () => {
  test('no stream fails, and once it is known to be silent none waits for it either', async () => {
    const hung = await startResponder();
    await startResponder();
    requester.follow('router');
    await eventually(async () => {
      expect(await requester.instances('router', 100)).toHaveLength(2);
    });
    hung.kill('SIGSTOP');
    expect(await openAll(40)).toEqual(none(40));
    await eventually(() => {
      expect(requester.silentInstances('router')).toHaveLength(1);
    });
    // From now on nothing is put to the queue group, of which the hung one is a member still.
    const ofGroup: string[] = [];
    const rogue = await joinRogue('router');
    rogue.subscribe(count.subject, {
      queue: 'router',
      callback: (_error, { subject }) => {
        ofGroup.push(subject);
      },
    });
    await rogue.flush();
    expect(await openAll(40)).toEqual(none(40));
    expect(ofGroup).toEqual([]);
    await rogue.close();

    hung.kill('SIGCONT');
    await eventually(() => {
      expect(requester.silentInstances('router')).toEqual([]);
    });
    expect(await openAll(40)).toEqual(none(40));
  });

  test('an idempotent request is put to one that answers', async () => {
    const responder = await join('router');
    responder.serve(double, ({ data }) => ({ value: data.value * 2 }));
    const hung = await startResponder();
    const rogue = await joinRogue('router');
    // Takes requests in the place of the hung process, which does not serve this endpoint.
    rogue.subscribe(double.subject, { queue: 'router', callback: () => undefined });
    await rogue.flush();
    await eventually(async () => {
      expect(await requester.instances('router', 100)).toHaveLength(2);
    });
    hung.kill('SIGSTOP');
    const asked = Array.from({ length: 20 }, (_, value) =>
      requester.request(double, { value }, testEnvelope()),
    );
    const answers = await Promise.all(asked);
    expect(answers.map(({ value }) => value)).toEqual(answers.map((_, value) => value * 2));
  });

  test('one that is stopped in order, or killed, is never called silent', async () => {
    const [stopped, killed] = [await join('router'), await startResponder()];
    stopped.announce();
    await eventually(async () => {
      expect(await requester.instances('router', 100)).toHaveLength(2);
    });
    buses.splice(buses.indexOf(stopped), 1);
    await stopped.drain();
    killed.kill('SIGKILL');
    await eventually(async () => {
      expect(await requester.instances('router', 100)).toHaveLength(0);
    });
    // Each look asks those that it has missed by themselves, and has their answer before the next one begins.
    for (let look = 0; look < 3; look++) await requester.instances('router', 250);
    expect(requester.silentInstances('router')).toEqual([]);
  });
});

describe('where answers do not arrive', () => {
  test('nothing is begun for a requester that does not hear the acceptance', async () => {
    const responder = await join('router');
    let begun = 0;
    responder.serveStream(count, async (_request, reply) => {
      begun++;
      reply.head({ from: 0 });
      await reply.chunk('0');
      reply.end({ counted: 1 });
    });
    await eventually(async () => {
      expect(await requester.isServed('router', 100)).toBe(true);
    });
    const deaf = await joinRogue('ingress');
    const { requestId, tenant, traceparent, deadlineAtMs } = testEnvelope(400);
    const asked = headers();
    asked.set('Weir-Envelope', JSON.stringify({ requestId, tenant, deadlineAtMs }));
    asked.set('traceparent', traceparent);
    asked.set('Weir-Confirms', '1');
    deaf.publish(count.subject, '{"to":1}', { reply: '_INBOX_ingress.deaf.1~a', headers: asked });
    await deaf.flush();
    expect((await open()).fault).toBeUndefined();
    expect(begun).toBe(1);
    // One from before there were confirmations is begun at once.
    asked.delete('Weir-Confirms');
    deaf.publish(count.subject, '{"to":1}', { reply: '_INBOX_ingress.deaf.2~a', headers: asked });
    await eventually(() => {
      expect(begun).toBe(2);
    });
  });
});
