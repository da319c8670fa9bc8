import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Fault } from '../../src/providers/fault.ts';
import type { FakeProvider } from '../../src/providers/fake-provider.ts';
import { startFakeProvider } from '../../src/providers/fake-provider.ts';
import { anthropicClient, collect, ollamaClient, openaiClient } from './clients.ts';

let provider: FakeProvider;
beforeAll(async () => {
  provider = await startFakeProvider();
});
afterEach(() => {
  provider.reset();
});
afterAll(() => provider.close());

const messages = [{ role: 'user' as const, content: 'hi' }];
const askOpenai = () => openaiClient(provider).chat.completions.create({ model: 'm', messages });
const askAnthropic = () => anthropicClient(provider).messages.create({ model: 'm', max_tokens: 9, messages });
const askOllama = () => ollamaClient(provider).chat({ model: 'm', messages });

const status = (code: number): Fault => ({ kind: 'status', status: code });

describe('the OpenAI SDK sees', () => {
  test.each<[Fault, new (...parts: never[]) => Error, object]>([
    [status(401), OpenAI.AuthenticationError, { code: 'invalid_api_key' }],
    [status(403), OpenAI.PermissionDeniedError, { code: 'unsupported_country_region_territory' }],
    [status(429), OpenAI.RateLimitError, { code: 'rate_limit_exceeded', type: 'requests' }],
    [status(500), OpenAI.InternalServerError, { status: 500, type: 'server_error' }],
    [status(502), OpenAI.InternalServerError, { status: 502, type: 'cf_bad_gateway' }],
    [status(503), OpenAI.InternalServerError, { status: 503, type: 'server_error' }],
    [{ kind: 'invalid_key' }, OpenAI.AuthenticationError, { code: 'invalid_api_key' }],
    [{ kind: 'context_length' }, OpenAI.BadRequestError, { code: 'context_length_exceeded' }],
    [{ kind: 'content_policy' }, OpenAI.BadRequestError, { code: 'invalid_prompt' }],
  ])('%j as its typed error', async (fault, errorClass, detail) => {
    provider.script({ fault });
    const failure = await askOpenai().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(errorClass);
    expect(failure).toMatchObject(detail);
  });

  test('a refusal as its finish reason', async () => {
    provider.script({ fault: { kind: 'content_policy', form: 'refusal' } });
    expect((await askOpenai()).choices[0]?.finish_reason).toBe('content_filter');
  });

  test('an error in an open stream', async () => {
    provider.script({ fault: { kind: 'error_in_200', afterChunks: 2 } });
    const stream = await openaiClient(provider).chat.completions.create({
      model: 'm',
      messages,
      stream: true,
    });
    await expect(collect(stream)).rejects.toMatchObject({ type: 'server_error' });
  });
});

describe('the Anthropic SDK sees', () => {
  test.each<[Fault, new (...parts: never[]) => Error, object]>([
    [status(401), Anthropic.AuthenticationError, { type: 'authentication_error' }],
    [status(403), Anthropic.PermissionDeniedError, { type: 'permission_error' }],
    [status(429), Anthropic.RateLimitError, { type: 'rate_limit_error' }],
    [status(500), Anthropic.InternalServerError, { type: 'api_error' }],
    [status(529), Anthropic.OverloadedError, { type: 'overloaded_error' }],
    [{ kind: 'invalid_key' }, Anthropic.AuthenticationError, { apiMessage: 'Invalid bearer token' }],
    [{ kind: 'context_length' }, Anthropic.BadRequestError, { type: 'invalid_request_error' }],
    [{ kind: 'content_policy' }, Anthropic.BadRequestError, { type: 'invalid_request_error' }],
  ])('%j as its typed error', async (fault, errorClass, detail) => {
    provider.script({ fault });
    const failure = await askAnthropic().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(errorClass);
    expect(failure).toMatchObject(detail);
  });

  test('an error in an open stream', async () => {
    provider.script({ fault: { kind: 'error_in_200', afterChunks: 4 } });
    const stream = anthropicClient(provider).messages.stream({ model: 'm', max_tokens: 9, messages });
    await expect(stream.finalMessage()).rejects.toMatchObject({ type: 'overloaded_error' });
  });
});

describe('the Ollama SDK sees', () => {
  test.each<[Fault, number, string]>([
    [status(500), 500, 'llama runner process has terminated'],
    [status(503), 503, 'server busy'],
    [{ kind: 'context_length' }, 400, 'the input length exceeds the context length'],
    [{ kind: 'invalid_key' }, 401, 'unauthorized'],
  ])('%j as a response error', async (fault, statusCode, message) => {
    provider.script({ fault });
    const failed = askOllama();
    await expect(failed).rejects.toMatchObject({ name: 'ResponseError', status_code: statusCode });
    await expect(failed).rejects.toThrow(message);
  });

  test('an error in an open stream, and a stream without its end', async () => {
    const ask = () => ollamaClient(provider).chat({ model: 'm', messages, stream: true });
    provider.script({ fault: { kind: 'error_in_200', afterChunks: 1 }, times: 1 });
    await expect(collect(await ask())).rejects.toThrow('llama runner process has terminated');
    provider.script({ fault: { kind: 'clean_cut', afterChunks: 1 }, times: 1 });
    await expect(collect(await ask())).rejects.toThrow('Did not receive done');
  });
});
