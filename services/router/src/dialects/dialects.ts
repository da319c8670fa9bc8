import type { Dialect, DialectName } from '../domain/dialect.ts';
import { anthropicDialect } from './anthropic/dialect.ts';
import { ollamaDialect } from './ollama/dialect.ts';
import { openaiDialect } from './openai/dialect.ts';

export const dialects: Readonly<Record<DialectName, Dialect>> = {
  openai: openaiDialect,
  anthropic: anthropicDialect,
  ollama: ollamaDialect,
};
