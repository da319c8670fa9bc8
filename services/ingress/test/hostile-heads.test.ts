import { describe, expect, test, vi } from 'vitest';
import { chat, startIngress } from './harness.ts';
import { testKey } from './keys.ts';
import { RawConnection, requestText } from './raw-connection.ts';

const body = JSON.stringify(chat);
const whole = requestText(body);
const chunkedBody = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;

/** The request with another body and other headers around it. */
const chunked = (coding: string, version = '1.1') =>
  requestText('')
    .replace('HTTP/1.1', `HTTP/${version}`)
    .replace('content-length: 0', `transfer-encoding: ${coding}`) + chunkedBody;
const withHeaders = (...headers: string[]) => requestText(body, headers);

const bodyOf = (response: string): unknown => JSON.parse(response.slice(response.indexOf('\r\n\r\n') + 4));

describe('each answer of the edge has our form, both ids, and ends the connection:', () => {
  test.each([
    ['a second transfer coding', chunked('gzip, chunked'), 400, 'invalid_header'],
    ['a transfer coding that is none of ours', chunked('identity'), 400, 'invalid_header'],
    ['chunked in HTTP/1.0', chunked('chunked', '1.0'), 400, 'invalid_header'],
    ['chunked twice', chunked('chunked, chunked'), 400, 'invalid_request'],
    ['a length beside chunked', chunked('chunked\r\ncontent-length: 5'), 400, 'invalid_request'],
    ['two lengths', withHeaders(`content-length: ${body.length}`), 400, 'invalid_request'],
    ['two hosts', withHeaders('host: other'), 400, 'invalid_header'],
    ['two hosts in one', whole.replace('host: weir', 'host: weir, other'), 400, 'invalid_header'],
    ['no host', whole.replace('host: weir\r\n', ''), 400, 'invalid_header'],
    ['an empty host', whole.replace('host: weir', 'host:'), 400, 'invalid_header'],
    ['HTTP/2.0 in the request line', whole.replace('HTTP/1.1', 'HTTP/2.0'), 400, 'invalid_request'],
    ['HTTP/0.9 in the request line', whole.replace('HTTP/1.1', 'HTTP/0.9'), 400, 'invalid_request'],
    ['a request line without a version', 'GET /health\r\n\r\n', 400, 'invalid_request'],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'invalid_request'],
    ['an unknown expectation', withHeaders('expect: foo'), 417, 'expectation_failed'],
    ['an expectation beside another', withHeaders('expect: 100-continue, foo'), 417, 'expectation_failed'],
    ['CONNECT', 'CONNECT other:443 HTTP/1.1\r\nhost: other:443\r\n\r\n', 405, 'method_not_allowed'],
    ['an unknown method', whole.replace('POST', 'FOO'), 400, 'invalid_request'],
    ['an address with credentials', whole.replace('POST /', 'POST http://u:p@weir/'), 400, 'invalid_request'],
    ['a fragment', whole.replace('completions', 'completions#a'), 400, 'invalid_request'],
    ['257 headers', withHeaders(...Array<string>(253).fill('a: b')), 431, 'headers_too_large'],
    ['a header in two lines', withHeaders('a: b\r\n  c'), 400, 'invalid_request'],
    ['a control character', withHeaders('a: b\u0001c'), 400, 'invalid_request'],
    ['the beginning of TLS', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000', 400, 'invalid_request'],
  ])('%s', async (_name, request, status, code) => {
    const ingress = await startIngress();
    const client = await RawConnection.to(ingress.port);
    client.send(request);

    const response = await client.closed();

    expect(response.match(/HTTP\/1\.1 \d+/g)).toEqual([`HTTP/1.1 ${status}`]);
    expect(response).toMatch(/^x-request-id: [\da-f-]{36}\r$/m);
    expect(response).toMatch(/^x-weir-trace-id: [\da-f]{32}\r$/m);
    expect(bodyOf(response)).toMatchObject({ error: { code, type: 'invalid_request_error' } });
    expect(ingress.bus.calls).toEqual([]);
  });
});

test('what comes behind a head with two readings is not carried out', async () => {
  const ingress = await startIngress();
  const client = await RawConnection.to(ingress.port);
  client.send(chunked('gzip, chunked') + whole);
  expect((await client.closed()).match(/^HTTP/gm)).toHaveLength(1);
  expect(ingress.bus.calls).toEqual([]);
});

test.each([
  ['authorization', 'Bearer sk-weir-other', 401],
  ['content-type', 'text/plain', 415],
])('a second %s is not passed over', async (name, value, status) => {
  const ingress = await startIngress();
  const client = await RawConnection.to(ingress.port);
  client.send(requestText(body, [`${name}: ${value}`]));
  expect(await client.until('"error"')).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
});

test('what HTTP allows is taken: an address as target, 100-continue, an upgrade that is declined, HTTP/1.0 without a host', async () => {
  const ingress = await startIngress();
  ingress.bus.onCall = (call) => {
    call.end('{"answer":1}');
  };
  const requests = [
    whole.replace('POST /', 'POST http://elsewhere/'),
    withHeaders('expect: 100-continue'),
    withHeaders('connection: upgrade', 'upgrade: h2c'),
    whole.replace('HTTP/1.1', 'HTTP/1.0').replace('host: weir\r\n', ''),
  ];
  for (const request of requests) {
    const client = await RawConnection.to(ingress.port);
    client.send(request);
    expect(await client.until('{"answer":1}')).toContain('HTTP/1.1 200 OK');
  }
});

test('what never became a request is counted', async () => {
  const ingress = await startIngress();
  const client = await RawConnection.to(ingress.port);
  client.send(`GO AWAY ${testKey}\r\n\r\n`);
  await client.closed();
  const metrics = await ingress.metrics.expose();
  expect(metrics).toMatch(/http_requests_total\{[^}]*route="none",status="4xx"[^}]*\} 1/);
  expect(metrics).toMatch(/http_faults_total\{[^}]*code="invalid_request"[^}]*\} 1/);
});

test('requests beyond the 32nd that one connection has unanswered end it, and cost nothing', async () => {
  const ingress = await startIngress();
  const client = await RawConnection.to(ingress.port);
  client.send('GET /health HTTP/1.1\r\nhost: weir\r\n\r\n'.repeat(1_000));

  const received = await client.closed();

  expect(received.match(/^HTTP\/1\.1 200/gm)).toHaveLength(32);
  expect(received.match(/^HTTP\/1\.1 400/gm)).toHaveLength(1);
  expect(received).toContain('A connection may have 32 requests that are not answered yet.');
});

test('a connection that waits for its answers may be asked as often as anybody likes', async () => {
  const ingress = await startIngress();
  const client = await RawConnection.to(ingress.port);
  for (let asked = 1; asked <= 3; asked++) {
    client.send('GET /health HTTP/1.1\r\nhost: weir\r\n\r\n'.repeat(30));
    await vi.waitFor(() => {
      expect(client.received.match(/^ok$/gm)).toHaveLength(30 * asked);
    });
  }
});
