import { type Clock, systemClock } from '@weir/service-kit/clock';
import type { Logger } from '@weir/service-kit/logger';
import { createBuiltinEmbedder } from './builtin-embedder.ts';
import type { Embedder } from './embedder.ts';
import type { EmbedderSettings } from './embedder-config.ts';
import { createHttpEmbedder } from './http-embedder.ts';
import { defaultModel, missingModelFile, modelFolderOf } from './transformers/model-folder.ts';
import { createTransformersEmbedder } from './transformers/transformers-embedder.ts';

export interface ChooseParts extends EmbedderSettings {
  /** Where a model that is given by its name is looked for, in the folder `models`. */
  readonly stateDir: string;
  readonly logger: Logger;
  readonly clock?: Clock;
}

export interface ChosenEmbedder {
  readonly embedder: Embedder;
  /** Why the builtin one stands in for a model, and what to do; for operators. */
  readonly degraded?: string;
}

type Attempt =
  { readonly embedder: Embedder; readonly from: string } | { readonly lack: string; readonly err?: unknown };

/**
 * The embedder that is asked for, or the best that is there: an endpoint where there is a URL, else a model where there is a
 * folder of it. What cannot be had is replaced by the builtin one, and said so once. Nothing is downloaded.
 */
export async function chooseEmbedder(parts: ChooseParts): Promise<ChosenEmbedder> {
  const { logger, kind = parts.url === undefined ? 'transformers' : 'http' } = parts;
  if (kind === 'builtin') {
    logger.info('texts are embedded by character n-grams, as WEIR_EMBEDDER=builtin says');
    return { embedder: createBuiltinEmbedder() };
  }
  const attempt = await (kind === 'http' ? tryHttp(parts) : tryTransformers(parts));
  if ('embedder' in attempt) {
    const { embedder, from } = attempt;
    logger.info({ embedder: embedder.id }, `texts are embedded by ${embedder.model} from ${from}`);
    return { embedder };
  }
  const degraded = `Texts are embedded by character n-grams, which know no synonyms: ${attempt.lack}`;
  const isAskedFor = [parts.kind, parts.model, parts.url].some((setting) => setting !== undefined);
  logger[isAskedFor ? 'warn' : 'info']({ err: attempt.err }, degraded);
  return { embedder: createBuiltinEmbedder(), degraded };
}

async function tryHttp({
  url,
  model = 'default',
  apiKey,
  timeoutMs,
  clock = systemClock,
}: ChooseParts): Promise<Attempt> {
  if (url === undefined)
    return { lack: 'WEIR_EMBEDDER=http needs WEIR_EMBEDDER_URL, as http://embedder:8080/v1.' };
  try {
    return {
      embedder: await createHttpEmbedder({ url, model, apiKey, timeoutMs, clock }),
      from: 'WEIR_EMBEDDER_URL',
    };
  } catch (err) {
    return {
      err,
      lack: 'no vector came from WEIR_EMBEDDER_URL. See that it answers POST /embeddings, and start again.',
    };
  }
}

async function tryTransformers(parts: ChooseParts): Promise<Attempt> {
  const { model = defaultModel, stateDir, timeoutMs, logger, clock = systemClock } = parts;
  const modelFolder = modelFolderOf(model, stateDir);
  const missing = missingModelFile(modelFolder);
  if (missing !== undefined) {
    const howTo =
      'Put the ONNX form of intfloat/multilingual-e5-small there, or name its folder in WEIR_EMBEDDER_MODEL.';
    return { lack: `there is no ${missing} in ${modelFolder}. ${howTo}` };
  }
  try {
    const embedder = await createTransformersEmbedder({ modelFolder, timeoutMs, logger, clock });
    return { embedder, from: modelFolder };
  } catch (err) {
    const needs =
      'It needs the optional packages onnxruntime-node and @huggingface/tokenizers, on a machine that the first has binaries for.';
    return { err, lack: `the model in ${modelFolder} cannot be loaded. ${needs} The log has the reason.` };
  }
}
