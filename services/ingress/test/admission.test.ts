import { describe, expect, test } from 'vitest';
import { Fault } from '@weir/service-kit/fault';
import type { Admit } from '../src/admission.ts';
import { chat, post, startIngress } from './harness.ts';
import { RawConnection, requestText } from './raw-connection.ts';

const mebibyte = 1024 * 1024;

/** An ingress whose requests wait to be admitted until the test says so. */
async function startWaiting() {
  const verdict = Promise.withResolvers<{ tenant: string; config?: string }>();
  const asked = Promise.withResolvers<undefined>();
  const authenticate: Admit = () => {
    asked.resolve(undefined);
    return verdict.promise;
  };
  return { ingress: await startIngress({}, { authenticate }), asked: asked.promise, verdict };
}

describe('admission that has to wait', () => {
  test('leaves the body unread meanwhile, and a refused one is answered without it', async () => {
    const { ingress, asked, verdict } = await startWaiting();
    const accepted = Promise.withResolvers<() => number>();
    ingress.server.once('connection', (socket) => {
      accepted.resolve(() => socket.bytesRead);
    });
    const client = await RawConnection.to(ingress.port);
    const received = await accepted.promise;
    client.send(requestText(JSON.stringify({ ...chat, padding: 'x'.repeat(8 * mebibyte - 200) })));
    await asked;
    // What the server does not take waits in the client: it has been asked to, and is not done.
    await expect.poll(() => client.socket.writableLength).toBeGreaterThan(0);
    expect(received()).toBeLessThan(mebibyte);

    verdict.reject(new Fault('missing_api_key'));

    expect(await client.until('missing_api_key')).toMatch(/^HTTP\/1\.1 401 /);
    expect(ingress.bus.calls).toEqual([]);
  });

  test('says on whose behalf the request is made, and by which config', async () => {
    const { ingress, verdict } = await startWaiting();
    ingress.bus.onCall = (call) => {
      call.end('{}');
    };
    const answer = post(ingress, chat);
    verdict.resolve({ tenant: 'acme', config: 'of-the-key' });
    expect((await answer).status).toBe(200);
    expect(ingress.bus.calls[0]?.envelope).toMatchObject({ tenant: 'acme', config: 'of-the-key' });
  });

  test('that fails in a way that nobody foresaw lets nobody in', async () => {
    const { ingress, asked, verdict } = await startWaiting();
    const answer = post(ingress, chat);
    await asked;
    verdict.reject(new Error('the store is gone'));
    const response = await answer;
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({ error: { code: 'internal_error' } });
    expect(ingress.bus.calls).toEqual([]);
  });

  test('does not go on for a client that has left', async () => {
    const { ingress, asked, verdict } = await startWaiting();
    const client = await RawConnection.to(ingress.port);
    client.send(requestText(JSON.stringify(chat)));
    await asked;
    client.socket.destroy();
    await expect.poll(() => ingress.tracker.open).toEqual([]);
    verdict.resolve({ tenant: 'acme' });
    await new Promise(setImmediate);
    expect(ingress.bus.calls).toEqual([]);
  });
});

test('a request is judged once', async () => {
  let judged = 0;
  const authenticate: Admit = () => {
    judged++;
    return { tenant: 'default' };
  };
  const ingress = await startIngress({}, { authenticate });
  ingress.bus.onCall = (call) => {
    call.end('{}');
  };
  await post(ingress, chat);
  expect(judged).toBe(1);
});
