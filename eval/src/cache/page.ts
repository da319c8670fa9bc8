import { describeFigures } from './describe.ts';
import type { Figures } from './figures.ts';
import type { Trap } from './traps/trap.ts';

interface PageParts {
  readonly rows: readonly { title: string; figures: Figures }[];
  readonly traps: readonly Trap[];
  readonly wrong: readonly Trap[];
  readonly embedderId: string;
  readonly target: number;
}

/** What docs/cache-evaluation.md says. */
export function pageOf({ rows, traps, wrong, embedderId, target }: PageParts): string {
  const decisionMs = Math.max(...rows.map(({ figures }) => figures.decisionP50Ms));
  return `# How often the semantic cache answers, and how often rightly

Written by this command, which prints the same figures and lists the wrong answers:

\`\`\`sh
WEIR_EMBEDDER_MODEL=/path/to/multilingual-e5-small npm run eval:cache -- --page docs/cache-evaluation.md
\`\`\`

Embedder \`${embedderId}\`, accuracy target ${target}. Without \`WEIR_EMBEDDER_MODEL\` the same is measured with hashed n-grams. The data is not
part of the project: \`--data DIR\` names a folder of it, which is evaluated with the committed coefficients and fits nothing. \`--fit\` writes
\`libs/semantic-match/src/coefficients/\` again, from all of the development data.

A trace is a stream of questions in a random order, at most 8 of a class; questions of one class have the same answer. A hit is wrong where it
serves the answer of another class; a miss is stored. The ceiling is the share of questions whose class has been answered before. Each figure is
of several orders (3 in English, 6 in Vietnamese); intervals are by bootstrap over classes.

- **Out of fold**: each half of the classes, with coefficients and thresholds that were fitted to the other half. These are the measures
  \`cache.en.*\` and \`cache.vi.*\`. A half has fewer near misses to meet than the whole.
- **Committed coefficients**: the file that ships, on all classes, which it was fitted to where the row is \`en-questions\` or \`vi-faq\`. With \`--data\`
  it is these that the measures are of.
- Intents (\`en-banking\`, \`vi-intents\`) are coarser than "the same answer", and overlap: their precision says how often two labels agree.

${describeFigures(rows)}
Of ${traps.length} traps (numbers, units, dates, negation, antonyms, comparatives, scope, entities, swapped arguments, other question words, the other
language), each looked up beside its counterpart in a new partition and in one that has seen such questions, ${wrong.length} were served. A decision takes
${decisionMs.toFixed(2)} ms at the median, without the embedding.

Of the wrong answers in English, by reading them, about half are of two classes that a reader would call one; the others are mostly of scope (one
question is narrower than the other), and of whether against how. In Vietnamese they are different questions about one thing: what it is, what it
costs, how to get it.
`;
}
