import type { ServiceManifest } from '@weir/contracts/service-manifest';
import { isSetting, settingsOf } from '@weir/contracts/settings';
import { presets } from '@weir/router/providers/presets';
import { kitConfigSchema } from '@weir/service-kit/kit-config';

type Variables = NodeJS.ProcessEnv;

/** What any program may need to run at all and to find its network. */
const ofTheSystem =
  /^(PATH|HOME|TMPDIR|LANG|LC_.*|TZ|NODE_OPTIONS|NODE_COMPILE_CACHE|NODE_EXTRA_CA_CERTS|SSL_CERT_(FILE|DIR)|(HTTPS?|NO|ALL)_PROXY)$/i;

/**
 * The settings of every service but two: its address at NATS, which the launcher makes, and the one for operators, since on
 * one machine the services would all ask for the same port.
 */
const ofTheKit = settingsOf(kitConfigSchema)
  .map(({ name }) => name)
  .filter((name) => !/^(NATS_URL|WEIR_OPS_.*)$/.test(name));

/** These open a port or write a file, and would do so in every child: `npm start -- --inspect <service>` is for one. */
const debuggerOptions = /(^|\s)--(inspect|cpu-prof|heap-prof)[\w-]*(=\S*)?/g;

/** What a program that is none of our services sees. */
export function systemEnvironment(variables: Variables): Variables {
  return pick(variables, (name) => ofTheSystem.test(name));
}

/** A service sees what its manifest lists and no more: whoever breaks into the ingress finds no provider's key there. */
export function serviceEnvironment({ settings }: ServiceManifest, variables: Variables): Variables {
  const present = settings.filter(
    ({ onlyWith }) => onlyWith === undefined || variables[onlyWith] !== undefined,
  );
  return pick(
    variables,
    (name) =>
      ofTheSystem.test(name) ||
      // Read by the telemetry's own libraries.
      name.startsWith('OTEL_') ||
      ofTheKit.includes(name) ||
      present.some((setting) => isSetting(setting, name)),
  );
}

/** The real providers that are switched on, in words for the user. */
export function realProviders(variables: Variables): string[] {
  const names = presets
    .filter(({ requires }) => requires.every((name) => variables[name] !== undefined))
    .map(({ name }) => name);
  return variables['WEIR_PROVIDERS_FILE'] === undefined ? names : [...names, 'those of WEIR_PROVIDERS_FILE'];
}

function pick(variables: Variables, wanted: (name: string) => boolean): Variables {
  return Object.fromEntries(
    Object.entries(variables)
      .filter(([name]) => wanted(name))
      .map(([name, value]) => [name, name === 'NODE_OPTIONS' ? value?.replace(debuggerOptions, '') : value]),
  );
}
