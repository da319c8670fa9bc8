import { describeEvaluation, percent } from './describe.ts';
import type { Evaluation } from './evaluate.ts';

/** What docs/guardrails-evaluation.md says. */
export function pageOf(balanced: Evaluation, strict: Evaluation, seed: number): string {
  const negatives = `${percent(balanced.falseDenials)} at \`balanced\`, ${percent(strict.falseDenials)} at \`strict\``;
  const per10k = ((balanced.falseFindings / balanced.characters) * 10_000).toFixed(3);
  return `# How well personal data is found

Written by this command, which prints the same figures and lists the errors:

\`\`\`sh
npm run eval:guardrails -- --seed ${seed} --page docs/guardrails-evaluation.md
\`\`\`

The texts are those of \`eval/data/guardrails/development.jsonl\`, as people write them, and generated ones (\`eval/src/guardrails/generator/\`):
every kind of value, in every sentence, with every separator, in every evasion. All personal data in them is made up. \`--data FILE\` reads
other texts, JSON lines of \`{ text, language, spans: [{ start, end, entity }] }\` with UTF-16 offsets; \`--only\` and \`--report FILE\` are as the
bench has them.

- **Recall of tier 1**, which acts without words around it: ${percent(balanced.tierOne.recall)} of ${balanced.tierOne.spans} spans. A span counts as found where
  findings cover all its letters and digits, by whatever name: what matters is that nothing leaks. Precision is by name.
- **Texts without personal data in which some is found**: ${negatives}, of ${balanced.negativeTexts} texts that were made to look like it.
- **Findings where there is nothing**: ${per10k} per 10,000 characters, of all texts.
- **Characters leaked**: ${balanced.all.leakedCharacters} of ${balanced.all.characters}.

At the level \`balanced\`:

${describeEvaluation(balanced)}
`;
}
