import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { RECORDS_BEFORE_CONTENT } from '../../src/providers/fault.ts';
import type { Fault } from '../../src/providers/fault.ts';
import type { FakeProvider } from '../../src/providers/fake-provider.ts';
import { startFakeProvider } from '../../src/providers/fake-provider.ts';
import { dnsFailureUrl, refusedUrl, tlsFailureUrl } from '../../src/providers/unreachable.ts';
import { WIRE_REQUESTS, WIRE_ROUTES, bodyOf, receive, recordData, send, splitRecords } from './wire.ts';

let provider: FakeProvider;
beforeAll(async () => {
  provider = await startFakeProvider();
});
afterEach(() => {
  provider.reset();
});
afterAll(() => provider.close());

describe.each(WIRE_ROUTES)('%s', (route) => {
  const { endMark } = WIRE_REQUESTS[route];
  const beforeContent = RECORDS_BEFORE_CONTENT[route];

  async function receiveFaulty(fault: Fault, stream: boolean) {
    provider.script({ fault });
    const response = await send(provider, route, stream);
    return { response, ...(await receive(response)) };
  }

  test('without a fault: the records before the content are as many as is said, and the end is marked', async () => {
    const { text, broken } = await receive(await send(provider, route, true));
    const records = splitRecords(route, text);
    const isContent = (record: string | undefined) => record?.includes('You ') === true;
    expect(records.findIndex(isContent)).toBe(beforeContent);
    expect(records.at(-1)).toContain(endMark);
    expect(broken).toBe(false);
  });

  test.each([true, false])('reset (stream: %s): no answer at all', async (stream) => {
    provider.script({ fault: { kind: 'reset' } });
    const failed = send(provider, route, stream);
    await expect(failed).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } });
  });

  test.each([0, beforeContent, beforeContent + 2])(
    'cut after %i records: they and no more',
    async (count) => {
      const { response, text, broken } = await receiveFaulty({ kind: 'cut', afterChunks: count }, true);
      expect(response.status).toBe(200);
      expect(broken).toBe(true);
      expect(splitRecords(route, text)).toHaveLength(count);
    },
  );

  test('cut of a whole answer: half of its body', async () => {
    const { text, broken, response } = await receiveFaulty({ kind: 'cut', afterChunks: 0 }, false);
    expect(broken).toBe(true);
    expect(text.length).toBeLessThan(Number(response.headers.get('content-length')));
    expect(text).toMatch(/^\{/);
  });

  test.each([0, beforeContent + 2, 1000])(
    'clean cut after %i records: looks whole but has no end',
    async (count) => {
      const { text, broken } = await receiveFaulty({ kind: 'clean_cut', afterChunks: count }, true);
      expect(broken).toBe(false);
      expect(text).not.toContain(endMark);
      expect(splitRecords(route, text).length).toBeLessThanOrEqual(count);
    },
  );

  test('clean cut of a whole answer: half of its JSON', async () => {
    const { text, broken } = await receiveFaulty({ kind: 'clean_cut', afterChunks: 0 }, false);
    expect(broken).toBe(false);
    expect(() => recordData(text)).toThrow(SyntaxError);
  });

  test.each([true, false])(
    'stall (stream: %s): the beginning, then silence until the client leaves',
    async (stream) => {
      provider.script({ fault: { kind: 'stall', afterChunks: beforeContent + 1 } });
      const client = new AbortController();
      const response = await send(provider, route, stream, client.signal);
      const first = await bodyOf(response).getReader().read();
      expect(first.value?.length).toBeGreaterThan(0);
      client.abort();
      const recorded = await provider.waitFor((request) => request.abortedAt !== undefined);
      expect(recorded.finished).toBe(false);
    },
  );

  test('malformed JSON: one record cannot be parsed, the others can', async () => {
    const { text } = await receiveFaulty({ kind: 'malformed_json', afterChunks: 1 }, true);
    const records = splitRecords(route, text).filter((record) => !record.includes('[DONE]'));
    const isMalformed = (record: string) => {
      try {
        recordData(record);
        return false;
      } catch {
        return true;
      }
    };
    expect(records.map(isMalformed).flatMap((malformed, index) => (malformed ? [index] : []))).toEqual([1]);
    const whole = await receiveFaulty({ kind: 'malformed_json' }, false);
    expect(() => recordData(whole.text)).toThrow(SyntaxError);
  });

  test('malformed SSE: records run together', async () => {
    const { text } = await receiveFaulty({ kind: 'malformed_sse', afterChunks: 1 }, true);
    const records = splitRecords(route, text);
    expect(records).toHaveLength(2);
    expect(() => recordData(records[1] ?? '')).toThrow(SyntaxError);
    const whole = await receiveFaulty({ kind: 'malformed_sse' }, false);
    expect(whole.text).toMatch(/^data: \{/);
  });

  test('an error in a 200: the provider says so, in a record or in place of the answer', async () => {
    const { response, text } = await receiveFaulty({ kind: 'error_in_200', afterChunks: 1 }, true);
    expect(response.status).toBe(200);
    const records = splitRecords(route, text);
    expect(records).toHaveLength(2);
    expect(JSON.stringify(recordData(records[1] ?? ''))).toContain('error');
    const whole = await receiveFaulty({ kind: 'error_in_200' }, false);
    expect(whole.response.status).toBe(200);
    expect(recordData(whole.text)).toHaveProperty('error');
  });

  test.each([true, false])('an empty answer (stream: %s): no byte, or nothing said', async (stream) => {
    const { response, text } = await receiveFaulty({ kind: 'empty_answer' }, stream);
    expect(response.status).toBe(200);
    expect(text).toBe('');
    const silent = await receiveFaulty({ kind: 'empty_answer', form: 'no_choices' }, stream);
    expect(silent.text).not.toContain('You');
    if (stream) expect(splitRecords(route, silent.text).at(-1)).toContain(endMark);
    else expect(recordData(silent.text)).toBeTypeOf('object');
  });

  test.each([true, false])('a wrong content type (stream: %s): an HTML page', async (stream) => {
    const { response, text } = await receiveFaulty({ kind: 'wrong_content_type' }, stream);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('text/html');
    expect(text).toContain('<html>');
  });

  test.each(['request', 'headers'] as const)(
    'a slow first byte after the %s: late, but whole',
    async (after) => {
      const fault: Fault = { kind: 'slow_first_byte', delayMs: 50, after };
      for (const stream of [true, false]) {
        const startedAt = performance.now();
        const { text } = await receiveFaulty(fault, stream);
        expect(performance.now() - startedAt).toBeGreaterThanOrEqual(48);
        expect(text).toContain('three');
      }
    },
  );

  test.each([true, false])(
    'a slow first byte after the headers (stream: %s): they come first',
    async (stream) => {
      provider.script({ fault: { kind: 'slow_first_byte', delayMs: 60_000, after: 'headers' } });
      const client = new AbortController();
      const response = await send(provider, route, stream, client.signal);
      expect(response.status).toBe(200);
      client.abort();
      await provider.waitFor((request) => request.abortedAt !== undefined);
    },
  );

  test('an error status: the body names it as the provider would', async () => {
    const fault: Fault = { kind: 'status', status: 429, retryAfter: 7, retryAfterMs: 7000 };
    const { response, text } = await receiveFaulty(fault, true);
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe('7');
    expect(response.headers.get('retry-after-ms')).toBe('7000');
    expect(recordData(text)).toHaveProperty('error');
  });
});

describe('connections that cannot be made', () => {
  test('a refused port, a failing handshake, a name that does not exist', async () => {
    const urls = [await refusedUrl(), tlsFailureUrl(provider), dnsFailureUrl()];
    const codes = await Promise.all(
      urls.map((url) =>
        fetch(url).catch((error: unknown) => (error as { cause: { code: string } }).cause.code),
      ),
    );
    expect(codes[0]).toBe('ECONNREFUSED');
    expect(codes[1]).toMatch(/SSL|EPROTO/);
    expect(codes[2]).toMatch(/ENOTFOUND|EAI_AGAIN/);
  });
});
