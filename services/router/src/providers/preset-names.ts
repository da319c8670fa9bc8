/** What users of other gateways call our presets. */
const aliases: Readonly<Record<string, string>> = {
  'azure-openai': 'azure',
  google: 'gemini',
  'mistral-ai': 'mistral',
  'together-ai': 'together',
  'x-ai': 'xai',
  'fireworks-ai': 'fireworks',
};

/** The name without the `@` with which Portkey's users may begin it. */
export function withoutAt(name: string): string {
  return name.startsWith('@') ? name.slice(1) : name;
}

export function toPresetName(name: string): string {
  return Object.hasOwn(aliases, name) ? (aliases[name] ?? name) : name;
}
