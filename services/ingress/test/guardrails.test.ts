import { beforeEach, describe, expect, test } from 'vitest';
import { envelopeSchema } from '@weir/contracts/envelope';
import { policySchema } from '@weir/contracts/guardrails/policy';
import { guardrailPolicies } from '@weir/contracts/guardrails/policies';
import type { ScreeningSummary } from '@weir/contracts/guardrails/summary';
import { tenants, virtualKeys } from '@weir/contracts/keys/verification';
import { routerSealingKey } from '@weir/contracts/sealing-key';
import { Fault } from '@weir/service-kit/fault';
import type { FakeCall } from './fake-bus.ts';
import { chat, post, startIngress, streamedChat, type Ingress } from './harness.ts';
import { keyRecord, keyText } from './keys.ts';
import { oldKeys } from './sealing-keys.ts';

const id = 'abcd1234';

let ingress: Ingress;
beforeEach(async () => {
  ingress = await startIngress();
  ingress.bus.answer(routerSealingKey, () => ({ publicKey: oldKeys.publicKey }));
  ingress.bus.onCall = (call) => {
    call.head();
    call.end('{}');
  };
});

/** To which policies the organisation and the key are bound. */
async function bind({ organisation, key }: { organisation?: string; key?: string }): Promise<void> {
  const { bus } = ingress;
  await bus.storeOf(tenants).put('organisation.default', {
    suspended: false,
    ...(organisation !== undefined && { guardrailPolicy: organisation }),
  });
  await bus.storeOf(virtualKeys).put(id, keyRecord(id, key === undefined ? {} : { guardrailPolicy: key }));
}

const ask = (headers: Record<string, string> = {}, body: unknown = chat) =>
  post(ingress, body, {
    headers: { authorization: `Bearer ${keyText(id)}`, 'content-type': 'application/json', ...headers },
  });

/** Which services were asked for the completion, and with which policies. */
const asked = () => ingress.bus.calls.map(({ contract, envelope }) => [contract, envelope.guardrails]);

async function codeOf(response: Response): Promise<[status: number, code: string, message: string]> {
  const { error } = (await response.json()) as { error: { code: string; message: string } };
  return [response.status, error.code, error.message];
}

/** Nobody serves guardrails: what is asked of them was begun by nobody. */
function guardrailsAreAway(code: 'service_unavailable' | 'overloaded' = 'service_unavailable') {
  ingress.bus.onCall = (call) => {
    if (call.contract === 'guardrails.complete') refuse(call, new Fault(code));
    else {
      call.head();
      call.end('{}');
    }
  };
}

function refuse(call: FakeCall, fault: Fault): void {
  call.isAccepted = false;
  call.fault(fault);
}

describe('who is asked for a completion', () => {
  test('is the router, by no hop more, where no policy checks anything', async () => {
    await bind({});
    await ask();
    await bind({ organisation: 'off', key: 'off' });
    const response = await ask({ 'x-weir-guardrails': 'off' });
    expect(response.headers.has('x-weir-guardrails')).toBe(false);
    expect(asked()).toEqual([
      ['router.complete', undefined],
      ['router.complete', undefined],
    ]);
  });

  test('are guardrails, by all policies that hold: the organisation’s, the key’s and those of the header', async () => {
    await ingress.bus.storeOf(guardrailPolicies).put('house', {
      policy: policySchema.parse({ input: { checks: [{ type: 'pii' }] } }),
      updatedAtMs: 0,
    });
    await bind({ organisation: 'report', key: 'balanced' });
    await ask();
    await ask({ 'x-weir-guardrails': 'house, strict' });
    expect(asked()).toEqual([
      ['guardrails.complete', { input: ['report', 'balanced'], output: ['report', 'balanced'] }],
      [
        'guardrails.complete',
        { input: ['report', 'balanced', 'house', 'strict'], output: ['report', 'balanced', 'strict'] },
      ],
    ]);
  });

  test('a header cannot take back what the key is bound to', async () => {
    await bind({ key: 'strict' });
    for (const header of ['off', 'report', 'balanced']) await ask({ 'x-weir-guardrails': header });
    for (const { envelope } of ingress.bus.calls) expect(envelope.guardrails?.input[0]).toBe('strict');
    expect(ingress.bus.calls).toHaveLength(3);
  });

  test('a change of a policy, or of what an organisation is bound to, holds for the next request', async () => {
    await bind({ organisation: 'house', key: 'off' });
    const write = (checks: object[]) =>
      ingress.bus.storeOf(guardrailPolicies).put('house', {
        policy: policySchema.parse({ output: { checks } }),
        updatedAtMs: 0,
      });
    await write([]);
    await ask();
    await write([{ type: 'pii' }]);
    await ask();
    await bind({ organisation: 'off' });
    await ask();
    expect(asked()).toEqual([
      ['router.complete', undefined],
      ['guardrails.complete', { input: [], output: ['house'] }],
      ['router.complete', undefined],
    ]);
  });
});

describe('a policy that is not there', () => {
  test('is the mistake of whoever names it in a header', async () => {
    await bind({});
    const response = await ask({ 'x-weir-guardrails': 'nothing-of-the-kind' });
    expect(await codeOf(response)).toEqual([
      400,
      'invalid_header',
      expect.stringContaining('nothing-of-the-kind'),
    ]);
    for (const bad of ['', 'A B', '../x', Array(9).fill('off').join(',')])
      expect((await codeOf(await ask({ 'x-weir-guardrails': bad }))).slice(0, 2)).toEqual([
        400,
        'invalid_header',
      ]);
    expect(ingress.bus.calls).toEqual([]);
  });

  test.each([{ key: 'gone' }, { organisation: 'gone' }])('and that binds %o serves nobody', async (bound) => {
    await bind(bound);
    const [status, code, message] = await codeOf(await ask());
    expect([status, code]).toEqual([503, 'guardrails_unavailable']);
    expect(message).toContain('"gone"');
    expect(ingress.bus.calls).toEqual([]);
  });
});

describe('where no guardrails service answers', () => {
  test.each(['service_unavailable', 'overloaded'] as const)(
    '(%s) a policy that protects lets nothing through',
    async (code) => {
      guardrailsAreAway(code);
      await bind({ organisation: 'report', key: 'balanced' });
      for (const body of [chat, streamedChat])
        expect((await codeOf(await ask({}, body))).slice(0, 2)).toEqual([503, 'guardrails_unavailable']);
      expect(asked().map(([contract]) => contract)).toEqual(['guardrails.complete', 'guardrails.complete']);
    },
  );

  test('a policy that only reports lets requests go on, and the answer says so', async () => {
    guardrailsAreAway();
    await bind({ organisation: 'report' });
    for (const body of [chat, streamedChat]) {
      const response = await ask({}, body);
      expect([response.status, response.headers.get('x-weir-guardrails')]).toEqual([200, 'bypassed']);
    }
    // The router sees what the request was meant to pass, which its config may ask for.
    expect(asked().at(-1)).toEqual(['router.complete', { input: ['report'], output: ['report'] }]);
  });

  test('a failure of what has gone on unscreened says so as well, with all that is known of it', async () => {
    await bind({ organisation: 'report' });
    ingress.bus.onCall = (call) => {
      if (call.contract === 'guardrails.complete') refuse(call, new Fault('service_unavailable'));
      else call.fault(new Fault('upstream_error', { provider: 'openai', attempts: 3 }));
    };
    const { headers, status } = await ask();
    const told = ['guardrails', 'provider', 'attempts'].map((name) => headers.get(`x-weir-${name}`));
    expect([status, ...told]).toEqual([502, 'bypassed', 'openai', '3']);
  });

  test('what they have begun is not asked of anybody else', async () => {
    ingress.bus.onCall = (call) => {
      call.fault(new Fault('service_unavailable'));
    };
    await bind({ organisation: 'report' });
    expect((await codeOf(await ask())).slice(0, 2)).toEqual([503, 'service_unavailable']);
    expect(ingress.bus.calls).toHaveLength(1);
  });
});

describe('guardrails that a routing config asks for', () => {
  const required = { input: ['balanced'], output: ['strict'] };

  /** A router that refuses what has not passed them, as routers do. */
  function routerRequires() {
    ingress.bus.onCall = (call) => {
      const { guardrails } = call.envelope;
      const isPassed = guardrails?.input.includes('balanced') && guardrails.output.includes('strict');
      if (!isPassed) call.fault(new Fault('guardrails_required', { required }));
      else {
        call.head();
        call.end('{}');
      }
    };
  }

  test.each([
    ['a stored config', { 'x-weir-config': 'careful' }],
    [
      'an inline config',
      { 'x-weir-config': '{"input_guardrails":["balanced"],"output_guardrails":["strict"]}' },
    ],
    ['the config that holds for all', {}],
  ])('of %s are passed, and remembered for the next request', async (_what, headers) => {
    routerRequires();
    await bind({});
    expect((await ask(headers)).status).toBe(200);
    expect((await ask(headers)).status).toBe(200);
    expect(asked()).toEqual([
      ['router.complete', undefined],
      ['guardrails.complete', required],
      ['guardrails.complete', required],
    ]);
  });

  test('are passed beside those of the key', async () => {
    routerRequires();
    await bind({ key: 'report' });
    expect((await ask()).status).toBe(200);
    expect(asked().at(-1)).toEqual([
      'guardrails.complete',
      { input: ['report', 'balanced'], output: ['report', 'strict'] },
    ]);
  });

  test('are as many as everybody may name at once, also where a config asks for others than before', async () => {
    const names = Array.from({ length: 26 }, (_, i) => `p${i}`);
    const checks = [{ type: 'pii' }];
    for (const name of names) {
      const policy = policySchema.parse({ input: { checks }, output: { checks } });
      await ingress.bus.storeOf(guardrailPolicies).put(name, { policy, updatedAtMs: 0 });
    }
    await bind({ organisation: 'p0', key: 'p1' });
    const header = { 'x-weir-guardrails': names.slice(2, 10).join(',') };
    for (const demanded of [names.slice(10, 18), names.slice(18)]) {
      ingress.bus.onCall = (call) => {
        const passed = envelopeSchema.parse(call.envelope).guardrails?.input ?? [];
        if (demanded.every((name) => passed.includes(name))) {
          call.head();
          call.end('{}');
        } else
          call.fault(new Fault('guardrails_required', { required: { input: demanded, output: demanded } }));
      };
      expect((await ask(header)).status).toBe(200);
      expect(ingress.bus.calls.at(-1)?.envelope.guardrails?.input).toHaveLength(18);
    }
  });

  test('do not exist: the request is refused once, and not asked for ever', async () => {
    ingress.bus.onCall = (call) => {
      call.fault(new Fault('guardrails_required', { required: { input: ['gone'], output: [] } }));
    };
    await bind({});
    expect((await codeOf(await ask())).slice(0, 2)).toEqual([503, 'guardrails_unavailable']);
    expect(ingress.bus.calls).toHaveLength(1);
  });

  test('a router that goes on asking is told to the client', async () => {
    ingress.bus.onCall = (call) => {
      call.fault(new Fault('guardrails_required', { required }));
    };
    await bind({});
    expect((await codeOf(await ask())).slice(0, 2)).toEqual([503, 'guardrails_required']);
    expect(ingress.bus.calls).toHaveLength(2);
  });
});

describe('what guardrails have done', () => {
  const guardrails: ScreeningSummary = {
    policies: ['balanced'],
    entries: [
      { direction: 'input', check: 'pii', action: 'redact', rule: 'email', count: 2 },
      { direction: 'input', check: 'pii', action: 'redact', rule: 'phone', count: 1 },
      { direction: 'output', check: 'pii', action: 'report', rule: 'cccd', count: 1 },
    ],
    failed: ['toxicity'],
  };
  const text = 'input pii redact email=2 phone=1; output pii report cccd=1; failed toxicity';

  beforeEach(() => bind({ key: 'balanced' }));

  test('stands in the header of a whole answer, by its end, and of a stream, by its head', async () => {
    ingress.bus.onCall = (call) => {
      const isStreamed = Buffer.from(call.body).includes('"stream"');
      call.head(isStreamed ? { guardrails } : { guardrails: { policies: [], entries: [] } });
      if (isStreamed) call.chunk('{}');
      call.end(isStreamed ? '' : '{}', { guardrails });
    };
    expect((await ask()).headers.get('x-weir-guardrails')).toBe(text);
    expect((await ask({}, streamedChat)).headers.get('x-weir-guardrails')).toBe(text);
  });

  test('stands in the header of a refusal', async () => {
    ingress.bus.onCall = (call) => {
      call.fault(new Fault('content_policy_violation', { guardrails }));
    };
    const response = await ask();
    expect([response.status, response.headers.get('x-weir-guardrails')]).toEqual([400, text]);
  });

  test('is told in Portkey’s status to whoever brings its config', async () => {
    ingress.bus.onCall = (call) => {
      const { speaksPortkey } = call.envelope.guardrails ?? {};
      call.fault(new Fault(speaksPortkey ? 'guardrail_denied' : 'content_policy_violation'));
    };
    const headers = { 'x-portkey-config': '{"provider":"openai"}' };
    expect((await codeOf(await ask(headers))).slice(0, 2)).toEqual([446, 'guardrail_denied']);
    expect((await codeOf(await ask())).slice(0, 2)).toEqual([400, 'content_policy_violation']);
  });

  test('is told so too where the config alone asks for guardrails', async () => {
    await bind({});
    ingress.bus.onCall = (call) => {
      const required = { input: ['strict'], output: [] };
      if (!call.envelope.guardrails) call.fault(new Fault('guardrails_required', { required }));
      else
        call.fault(
          new Fault(call.envelope.guardrails.speaksPortkey ? 'guardrail_denied' : 'content_policy_violation'),
        );
    };
    const config = '{"provider":"openai","input_guardrails":["strict"]}';
    // Once as the router asks for them, and once as they are remembered.
    for (let round = 0; round < 2; round++) {
      expect((await codeOf(await ask({ 'x-portkey-config': config }))).slice(0, 2)).toEqual([
        446,
        'guardrail_denied',
      ]);
    }
    expect((await codeOf(await ask({ 'x-weir-config': config }))).slice(0, 2)).toEqual([
      400,
      'content_policy_violation',
    ]);
  });
});
