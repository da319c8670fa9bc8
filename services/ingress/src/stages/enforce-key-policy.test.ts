import { describe, expect, test } from 'vitest';
import { Fault } from '@weir/service-kit/fault';
import { testEnvelope } from '@weir/testkit/envelope';
import { keyRecord } from '../../test/keys.ts';
import { createVirtualKey } from '../authentication/virtual-key.ts';
import type { RequestContext } from '../request-context.ts';
import { enforceKeyPolicy } from './enforce-key-policy.ts';
import { readRoutingHeaders, type RoutingHeaders } from './read-routing-headers.ts';

interface Lists {
  /** The organisation's patterns. */
  readonly ofOrganisation?: string[] | undefined;
  /** The key's own. */
  readonly own?: string[] | undefined;
  readonly boundTo?: string;
}

/** What becomes of a request that names this config, or none. */
function outcome({ boundTo: config, ofOrganisation, own }: Lists, named?: string): string {
  const record = keyRecord('abcd1234', { config, access: { inlineConfigs: true, configs: own } });
  const policies = [{ inlineConfigs: true, configs: ofOrganisation }];
  const { authenticated } = createVirtualKey(record, { isSuspended: false, policies });
  const envelope = testEnvelope();
  const headers = named === undefined ? {} : { 'x-weir-config': named };
  const request = { authenticated, envelope, headers, response: { traceparent: envelope.traceparent } };
  let became = 'unanswered';
  try {
    void readRoutingHeaders(request as unknown as RequestContext, (added) =>
      enforceKeyPolicy({ ...request, ...added } as unknown as RequestContext & RoutingHeaders, () => {
        became = 'allowed';
      }),
    );
  } catch (thrown) {
    became = Fault.from(thrown).code;
  }
  return became;
}

describe('the config that a key is bound to', () => {
  test('is refused where its organisation does not allow it, whether the request names it or not', () => {
    for (const own of [undefined, [], ['*'], ['dear']]) {
      const lists = { boundTo: 'dear', ofOrganisation: ['cheap*'], own };
      expect([outcome(lists), outcome(lists, 'dear')]).toEqual(['config_not_allowed', 'config_not_allowed']);
    }
  });

  test("need not be in the key's own list", () => {
    for (const ofOrganisation of [undefined, ['*'], ['de*']]) {
      const lists = { boundTo: 'dear', ofOrganisation, own: [] };
      expect([outcome(lists), outcome(lists, 'dear')]).toEqual(['allowed', 'allowed']);
      expect(outcome(lists, 'other')).toBe('config_not_allowed');
    }
  });
});

test('a config that a request names has to be in both lists', () => {
  const lists = { ofOrganisation: ['cheap*'], own: ['*-eu'] };
  expect(outcome(lists, 'cheap-eu')).toBe('allowed');
  for (const name of ['cheap-us', 'dear-eu', 'dear']) expect(outcome(lists, name)).toBe('config_not_allowed');
});

test('the stored config `default` is allowed to everybody who does not name another', () => {
  expect(outcome({ ofOrganisation: [], own: [] })).toBe('allowed');
  expect(outcome({ ofOrganisation: [], own: [], boundTo: 'default' })).toBe('allowed');
});
