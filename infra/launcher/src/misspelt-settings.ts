import { distance } from 'fastest-levenshtein';
import type { ServiceManifest } from '@weir/contracts/service-manifest';
import { isSetting, type Setting } from '@weir/contracts/settings';
import type { Settings } from './settings.ts';

/** Letters that are wrong, missing or too many in a name that is still told. */
const maxDistance = 2;

/** Read in small letters, too, by those who ask over a proxy. */
const proxyInSmallLetters = /^(?:https?|no|all)_proxy$/;

/**
 * What is said of variables that nobody reads, and that somebody has meant for Weir: those with its prefix, and those that are a
 * letter or two, or a word, from a setting that has no value.
 */
export function misspeltSettings(
  { variables, documentedNames }: Pick<Settings, 'variables' | 'documentedNames'>,
  services: readonly ServiceManifest[],
): string[] {
  const settings = services.flatMap((service) => service.settings);
  const isRead = (variable: string) =>
    documentedNames.includes(variable) ||
    proxyInSmallLetters.test(variable) ||
    settings.some((setting) => !isPassing(setting, variables) && isSetting(setting, variable));
  const names = [
    ...documentedNames,
    ...settings.map(({ name }) => name).filter((name) => !name.includes('*')),
  ];
  return Object.keys(variables)
    .filter((variable) => variable.includes('_') && !isRead(variable))
    .flatMap((variable) => {
      const meant = nearest(variable, names);
      const isOurs = /^WEIR_/i.test(variable);
      if (meant !== undefined && (isOurs || variables[meant] === undefined)) {
        return [`${variable} is read by nobody: is ${meant} meant?`];
      }
      return isOurs ? [`${variable} is read by nobody: weir.env.example has every setting`] : [];
    });
}

/** Whether it is read only beside another, which is not there. */
function isPassing({ onlyWith }: Setting, variables: NodeJS.ProcessEnv): boolean {
  return onlyWith !== undefined && variables[onlyWith] === undefined;
}

function nearest(variable: string, names: readonly string[]): string | undefined {
  const spelt = variable.toUpperCase();
  const [best] = names
    .map((name) => ({ name, away: lacksOneWord(spelt, name) ? maxDistance : distance(spelt, name) }))
    .sort((one, other) => one.away - other.away);
  return best && best.away <= maxDistance ? best.name : undefined;
}

/** `OPENAI_KEY` for `OPENAI_API_KEY`, or a time without its unit. The first word says whose it is. */
function lacksOneWord(variable: string, name: string): boolean {
  const words = name.split('_');
  return words.some((_, index) => index > 0 && words.toSpliced(index, 1).join('_') === variable);
}
