import type { Entity } from '@weir/contracts/guardrails/entities';
import type { PiiFinding } from '@weir/pii/finding';
import type { LabelledSpan, LabelledText } from './labelled-text.ts';
import { tierOf } from './tier.ts';

export type Detector = (text: string, form: LabelledText['form']) => readonly PiiFinding[];

/** What was found of some spans, and how much of what was found is right. */
export class Tally {
  spans = 0;
  covered = 0;
  characters = 0;
  leakedCharacters = 0;
  findings = 0;
  rightFindings = 0;

  get recall(): number {
    return this.spans === 0 ? 1 : this.covered / this.spans;
  }

  get precision(): number {
    return this.findings === 0 ? 1 : this.rightFindings / this.findings;
  }
}

/** A span that was not wholly covered, or a finding where there is nothing. */
export interface EvaluationError {
  readonly kind: 'missed' | 'false';
  readonly labelled: LabelledText;
  readonly start: number;
  readonly end: number;
  readonly entity: Entity;
  /** Of which tier what was missed is; by which rule what is false was found. */
  readonly detail: string;
}

export class Evaluation {
  readonly all = new Tally();
  readonly tierOne = new Tally();
  readonly byEntity = new Tallies();
  readonly byLanguage = new Tallies();
  readonly byVariant = new Tallies();
  readonly bySource = new Tallies();
  /** Texts without personal data, by what they look like. */
  readonly negatives = new Map<string, { texts: number; denied: number }>();
  readonly errors: EvaluationError[] = [];
  characters = 0;
  falseFindings = 0;

  get negativeTexts(): number {
    return [...this.negatives.values()].reduce((sum, { texts }) => sum + texts, 0);
  }

  /** The share of texts without personal data in which some is found. */
  get falseDenials(): number {
    const denied = [...this.negatives.values()].reduce((sum, entry) => sum + entry.denied, 0);
    return this.negativeTexts === 0 ? 0 : denied / this.negativeTexts;
  }
}

class Tallies extends Map<string, Tally> {
  of(name: string): Tally {
    const tally = this.get(name) ?? new Tally();
    this.set(name, tally);
    return tally;
  }
}

export function evaluate(texts: readonly LabelledText[], detect: Detector): Evaluation {
  const evaluation = new Evaluation();
  for (const labelled of texts) {
    const findings = detect(labelled.text, labelled.form);
    evaluation.characters += labelled.text.length;
    judgeSpans(evaluation, labelled, findings);
    judgeFindings(evaluation, labelled, findings);
    if (labelled.spans.length === 0) {
      const entry = evaluation.negatives.get(labelled.variant) ?? { texts: 0, denied: 0 };
      entry.texts += 1;
      if (findings.length > 0) entry.denied += 1;
      evaluation.negatives.set(labelled.variant, entry);
    }
  }
  return evaluation;
}

/** What a span is called when it is found does not matter: what matters is that nothing leaks. */
function judgeSpans(evaluation: Evaluation, labelled: LabelledText, findings: readonly PiiFinding[]): void {
  for (const span of labelled.spans) {
    const tier = tierOf(span.entity, unescaped(labelled, span));
    const leaked = leakedCharacters(labelled.text, span, findings);
    const tallies = [
      evaluation.all,
      evaluation.byEntity.of(span.entity),
      evaluation.byLanguage.of(labelled.language),
      evaluation.byVariant.of(labelled.variant),
      evaluation.bySource.of(labelled.source),
      ...(tier === 1 ? [evaluation.tierOne] : []),
    ];
    for (const tally of tallies) {
      tally.spans += 1;
      tally.characters += span.end - span.start;
      tally.leakedCharacters += leaked;
      if (leaked === 0) tally.covered += 1;
    }
    if (leaked > 0) evaluation.errors.push({ kind: 'missed', labelled, ...span, detail: `tier ${tier}` });
  }
}

/** How many letters and digits of a span no finding covers. */
function leakedCharacters(text: string, span: LabelledSpan, findings: readonly PiiFinding[]): number {
  let leaked = 0;
  for (let place = span.start; place < span.end; place += 1) {
    const isCovered = findings.some(({ start, end }) => start <= place && place < end);
    const character = String.fromCodePoint(text.codePointAt(place) ?? 0);
    if (!isCovered && /[\p{L}\p{N}]/u.test(character)) leaked += 1;
  }
  return leaked;
}

function judgeFindings(
  evaluation: Evaluation,
  labelled: LabelledText,
  findings: readonly PiiFinding[],
): void {
  for (const { entity, start, end, rule } of findings) {
    const overlapping = labelled.spans.filter((span) => span.start < end && start < span.end);
    const isRight = overlapping.some((span) => span.entity === entity);
    for (const tally of [
      evaluation.all,
      evaluation.byEntity.of(entity),
      evaluation.byLanguage.of(labelled.language),
      evaluation.byVariant.of(labelled.variant),
      evaluation.bySource.of(labelled.source),
    ]) {
      tally.findings += 1;
      if (isRight) tally.rightFindings += 1;
    }
    if (overlapping.length > 0) continue;
    evaluation.falseFindings += 1;
    evaluation.errors.push({ kind: 'false', labelled, start, end, entity, detail: rule });
  }
}

function unescaped({ text, form }: LabelledText, { start, end }: LabelledSpan): string {
  const value = text.slice(start, end);
  return form === 'json' ? (JSON.parse(`"${value}"`) as string) : value;
}
