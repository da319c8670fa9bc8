import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { checkSchema } from '@weir/contracts/guardrails/policy';
import { Fault } from '@weir/service-kit/fault';
import { parseHostPattern } from '@weir/service-kit/outbound/host-pattern';
import { afterEach, expect, it, onTestFinished } from 'vitest';
import { startCheckDependencies } from '../src/checks/check-dependencies.ts';
import { createCheck } from '../src/checks/create-check.ts';
import { checkContext, messageText } from './checked-texts.ts';

const secret = 'a secret of the policy';
let stop: (() => Promise<void>) | undefined;
afterEach(() => stop?.());

/** Asks a webhook at a server of this machine's, which the operator allows or not. */
async function webhookAt(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
  isAllowed = true,
) {
  const server = createServer(handle).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const pattern = parseHostPattern(host);
  const started = startCheckDependencies({ allowedHosts: isAllowed && pattern ? [pattern] : [] });
  stop = started.stop;
  const fields = { type: 'webhook', url: `http://${host}/check`, secret };
  return () => createCheck(checkSchema.parse(fields), started.dependencies);
}

const answering = (body: string) => (_request: IncomingMessage, response: ServerResponse) => {
  response.end(body);
};

it('a webhook at a host that the operator allows is asked, and its verdict holds', async () => {
  const check = (await webhookAt(answering('{"verdict":false}')))();
  if (check.kind !== 'whole') throw new Error('it judges spans');
  expect(await check.check([messageText('text')], checkContext())).toMatchObject([{ rule: 'verdict' }]);
});

it('no check can be made that asks a private host which the operator does not allow', async () => {
  const make = await webhookAt(answering('{"verdict":true}'), false);
  expect(make).toThrow(/WEIR_ALLOWED_HOSTS/);
});

it('a webhook that never answers is left alone when the check is late', async () => {
  const late = new AbortController();
  const check = (
    await webhookAt(() => {
      late.abort(new Fault('upstream_timeout'));
    })
  )();
  if (check.kind !== 'whole') throw new Error('it judges spans');
  const call = Promise.resolve(check.check([messageText('text')], checkContext({ signal: late.signal })));
  await expect(call).rejects.toMatchObject({ code: 'upstream_timeout' });
});
