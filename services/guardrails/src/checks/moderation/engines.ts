import { arrayOf, recordOf } from '@weir/contracts/collections';
import type { Check } from '@weir/contracts/guardrails/policy';
import { askJson } from '@weir/service-kit/outbound/ask-json';
import { z } from 'zod';
import { type CheckDependencies, InvalidCheck } from '../check-dependencies.ts';
import { allowedUrl } from '../allowed-url.ts';
import type { Rating } from './categories.ts';

type ModerationCheck = Check & { readonly type: 'moderation' };

/** Rates each of the texts, in their order. Rejects where that fails. */
export type Rate = (texts: readonly string[], signal: AbortSignal) => Promise<readonly Rating[]>;

const ratingSchema = recordOf(z.string().max(256), z.number().min(0).max(1));
const openaiAnswer = z.object({ results: arrayOf(z.object({ category_scores: ratingSchema })) });
const httpAnswer = z.object({ results: arrayOf(z.object({ categories: ratingSchema })) });

export function createEngine(check: ModerationCheck, dependencies: CheckDependencies): Rate {
  switch (check.engine) {
    case 'openai':
      return createOpenai(check, dependencies);
    case 'http':
      return createHttp(check, dependencies);
    case 'transformers': {
      const { model } = check;
      if (model === undefined)
        throw new InvalidCheck('model', 'must name the model that the engine transformers runs');
      return (texts, signal) => dependencies.classify(model, texts, signal);
    }
  }
}

function createOpenai(check: ModerationCheck, { fetch, hostPolicy }: CheckDependencies): Rate {
  const { api_key, model = 'omni-moderation-latest', url = 'https://api.openai.com/v1' } = check;
  const endpoint = allowedUrl(`${url.replace(/(?<!\/)\/+$/, '')}/moderations`, hostPolicy);
  return async (texts, signal) => {
    const body = JSON.stringify({ model, input: texts });
    const { results } = await askJson(fetch, endpoint, {
      body,
      headers: bearer(api_key),
      signal,
      schema: openaiAnswer,
    });
    return results.map(({ category_scores }) => category_scores);
  };
}

function createHttp(
  { api_key, model, url }: ModerationCheck,
  { fetch, hostPolicy }: CheckDependencies,
): Rate {
  if (url === undefined) throw new InvalidCheck('url', 'must name the endpoint that the engine http asks');
  const endpoint = allowedUrl(url, hostPolicy);
  return async (texts, signal) => {
    const body = JSON.stringify({ texts, model });
    const { results } = await askJson(fetch, endpoint, {
      body,
      headers: bearer(api_key),
      signal,
      schema: httpAnswer,
    });
    return results.map(({ categories }) => categories);
  };
}

const bearer = (key: string | undefined): Record<string, string> =>
  key === undefined ? {} : { authorization: `Bearer ${key}` };
