import { isSetting, type Setting } from '@weir/contracts/settings';

/** The settings of every service that hold a password. */
const kitSettings: readonly Setting[] = [{ name: 'NATS_URL', secret: true, defaultValue: undefined }];

/** The secrets that stand in an environment: of an address its password, of a list each of its items. */
export function secretsOfSettings(settings: readonly Setting[], environment: NodeJS.ProcessEnv): string[] {
  const secret = [...kitSettings, ...settings].filter((setting) => setting.secret);
  return Object.entries(environment)
    .filter(([name]) => secret.some((setting) => isSetting(setting, name)))
    .flatMap(([, value = '']) => value.split(/[\s,]+/))
    .flatMap((part) => (part.includes('://') ? passwordsIn(part) : [part]))
    .filter((part) => part !== '');
}

/** As it stands there, and decoded. */
function passwordsIn(address: string): string[] {
  if (!URL.canParse(address)) return [];
  const { password } = new URL(address);
  try {
    return [password, decodeURIComponent(password)];
  } catch {
    return [password];
  }
}
