import type { Measure } from '@weir/bench/report';
import type { Evaluation } from './evaluate.ts';

/** Under this share of texts without personal data may be taken for such. */
export const maxFalseDenials = 0.01;

/** The figures of an evaluation, by the names that scripts hold on to. */
export function measuresOf(evaluation: Evaluation): Measure[] {
  const { tierOne, all, byEntity } = evaluation;
  const share = { unit: 'share', better: 'higher' } as const;
  return [
    {
      name: 'pii.tier1.recall',
      value: tierOne.recall,
      ...share,
      target: 1,
      against: `${tierOne.spans} spans`,
    },
    {
      name: 'pii.false_denials',
      value: evaluation.falseDenials,
      unit: 'share',
      better: 'lower',
      target: maxFalseDenials,
      against: `${evaluation.negativeTexts} texts without personal data`,
    },
    {
      name: 'pii.leaked_chars',
      value: all.leakedCharacters,
      unit: 'characters',
      better: 'lower',
      against: `of ${all.characters} characters of personal data`,
    },
    {
      name: 'pii.false_findings_per_10k_chars',
      value: (evaluation.falseFindings / Math.max(1, evaluation.characters)) * 10_000,
      unit: 'findings',
      better: 'lower',
      against: `${evaluation.characters} characters`,
    },
    ...[...byEntity].flatMap(([entity, tally]) => [
      { name: `pii.${entity}.recall`, value: tally.recall, ...share, against: `${tally.spans} spans` },
      {
        name: `pii.${entity}.precision`,
        value: tally.precision,
        ...share,
        against: `${tally.findings} findings`,
      },
    ]),
  ];
}
