import { expect, test } from 'vitest';
import { testEnvelope } from '@weir/testkit/envelope';
import type { RequestContext } from '../request-context.ts';
import { readRoutingHeaders, type RoutingHeaders } from './read-routing-headers.ts';

const envelope = testEnvelope();

function routed(
  headers: Record<string, string>,
  config?: string,
  metadata?: Record<string, string>,
): RoutingHeaders | undefined {
  const response = { headers: [], traceparent: envelope.traceparent };
  const authenticated = { tenant: 'default', config, metadata };
  const request = { authenticated, envelope, headers, response };
  let added: RoutingHeaders | undefined;
  void readRoutingHeaders(request as unknown as RequestContext, (adds) => {
    added = adds;
  });
  return added;
}

test('a request that says nothing is routed by the config that its key is bound to', () => {
  expect(routed({}, 'of-the-key')).toEqual({
    envelope: { ...envelope, config: 'of-the-key' },
    speaksPortkey: false,
  });
});

test('what a request names goes before what its key is bound to', () => {
  const headers = { 'x-portkey-config': 'of-the-request', 'x-weir-metadata': '{"plan":"pro"}' };
  expect(routed(headers, 'of-the-key')).toEqual({
    envelope: { ...envelope, config: 'of-the-request', metadata: { plan: 'pro' } },
    speaksPortkey: true,
    sentConfig: { kind: 'name', text: 'of-the-request', isPortkeys: true },
  });
});

test('what a key says of its requests goes before what they say of themselves', () => {
  const headers = { 'x-weir-metadata': '{"plan":"pro","seats":"3"}' };
  expect(routed(headers, undefined, { plan: 'free' })?.envelope.metadata).toEqual({
    plan: 'free',
    seats: '3',
  });
});

test('with neither, which config holds is left to the router', () => {
  expect(routed({})?.envelope).toEqual(envelope);
});
