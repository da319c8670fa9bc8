/** `claude-3-5-haiku-20241022`, `us.anthropic.claude-opus-4-8-v1:0`: a date is not a minor version. */
const generationInName = /claude-(?:[a-z]+-)?(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)/;

/** 4.5 for `claude-haiku-4-5`. A minor version beyond 9 would need a form of its own; there has been none. */
function generationIn(name: string): number | undefined {
  const [, major, minor = '0'] = generationInName.exec(name) ?? [];
  return major === undefined ? undefined : Number(`${major}.${minor}`);
}

/** Also where the name has no number, as `claude-mythos-preview`. */
export function isClaude(model: string): boolean {
  return generationIn(model) !== undefined || /claude-(?:fable|mythos)/.test(model);
}

/** Infinity where the name does not say: it is later than those that do, or a compatible host's. */
export function claudeGeneration(model: string): number {
  return generationIn(model) ?? Infinity;
}
