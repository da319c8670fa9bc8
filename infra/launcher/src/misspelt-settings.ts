import { distance } from 'fastest-levenshtein';
import type { ServiceManifest } from '@weir/contracts/service-manifest';
import { isSetting, type Setting } from '@weir/contracts/settings';
import type { Settings } from './settings.ts';

/** Letters that are wrong, missing or too many in a name that is still told. */
const maxDistance = 2;

/**
 * What is said of variables that nobody reads, and that somebody has meant for Weir: those with its prefix, and those that are a
 * letter or two from a setting.
 */
export function misspeltSettings(
  { variables, documentedNames }: Pick<Settings, 'variables' | 'documentedNames'>,
  services: readonly ServiceManifest[],
): string[] {
  const settings = services.flatMap((service) => service.settings);
  const isRead = (variable: string) =>
    documentedNames.includes(variable) ||
    settings.some((setting) => !isPassing(setting, variables) && isSetting(setting, variable));
  const names = [
    ...documentedNames,
    ...settings.map(({ name }) => name).filter((name) => !name.includes('*')),
  ];
  return Object.keys(variables)
    .filter((variable) => variable.includes('_') && !isRead(variable))
    .flatMap((variable) => {
      const meant = nearest(variable, names);
      if (meant !== undefined) return [`${variable} is read by nobody: is ${meant} meant?`];
      return variable.startsWith('WEIR_')
        ? [`${variable} is read by nobody: weir.env.example has every setting`]
        : [];
    });
}

/** Whether it is read only beside another, which is not there. */
function isPassing({ onlyWith }: Setting, variables: NodeJS.ProcessEnv): boolean {
  return onlyWith !== undefined && variables[onlyWith] === undefined;
}

function nearest(variable: string, names: readonly string[]): string | undefined {
  const [best] = names
    .map((name) => ({ name, away: distance(variable, name) }))
    .sort((one, other) => one.away - other.away);
  return best && best.away <= maxDistance ? best.name : undefined;
}
