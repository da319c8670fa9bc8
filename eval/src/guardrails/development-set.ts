import { fileURLToPath } from 'node:url';
import { type LabelledText, readLabelledTexts } from './labelled-text.ts';

const file = fileURLToPath(new URL('../../data/guardrails/development.jsonl', import.meta.url));

/** Texts as people write them, with made-up personal data. */
export const developmentSet = (): LabelledText[] => readLabelledTexts(file, 'development');
