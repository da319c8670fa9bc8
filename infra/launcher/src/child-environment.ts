import { presets } from '@weir/router/providers/presets';

type Variables = NodeJS.ProcessEnv;

/** What any program may need to run at all and to find its network. */
const ofTheSystem =
  /^(PATH|HOME|TMPDIR|LANG|LC_.*|TZ|NODE_OPTIONS|NODE_EXTRA_CA_CERTS|SSL_CERT_(FILE|DIR)|(HTTPS?|NO|ALL)_PROXY)$/i;

/**
 * The settings that services share. Not those with a secret, which go to who needs them, and not the address for
 * operators: on one machine the services would all ask for the same port.
 */
const ofWeir = /^(LOG_LEVEL|OTEL_.*|NATS_(CREDS|CA)_FILE|WEIR_(?!OPS_|.*(KEY|PASSWORD)).*)$/;

const ofProviders = new Set(
  presets.flatMap(({ requires, keyVariable, baseUrlVariable, headerVariables, queryVariables }) => [
    ...requires,
    keyVariable,
    baseUrlVariable,
    ...Object.values(headerVariables ?? {}),
    ...Object.values(queryVariables ?? {}),
  ]),
);

/** A file of providers may name any variable for a key. This is how such variables are named. */
const ofProvidersFile = /^(?!WEIR_).*_API_KEY$/;

/** What encrypts the keys in routing configs. */
const ofMasterKeys = /^WEIR_MASTER_KEYS(_FILE)?$/;

/** Each program sees what it needs and no more: whoever breaks into the ingress finds no provider's key there. */
export const childEnvironment = {
  demo: (variables: Variables) => pick(variables, (name) => ofTheSystem.test(name)),
  ingress: (variables: Variables) => pick(variables, (name) => isOrdinary(name) || name === 'WEIR_ADMIN_KEY'),
  router: (variables: Variables) =>
    pick(
      variables,
      (name) =>
        isOrdinary(name) ||
        ofMasterKeys.test(name) ||
        ofProviders.has(name) ||
        (variables['WEIR_PROVIDERS_FILE'] !== undefined && ofProvidersFile.test(name)),
    ),
};

/** The real providers that are switched on, in words for the user. */
export function realProviders(variables: Variables): string[] {
  const names = presets
    .filter(({ requires }) => requires.every((name) => variables[name] !== undefined))
    .map(({ name }) => name);
  return variables['WEIR_PROVIDERS_FILE'] === undefined ? names : [...names, 'those of WEIR_PROVIDERS_FILE'];
}

function isOrdinary(name: string): boolean {
  return ofTheSystem.test(name) || ofWeir.test(name);
}

function pick(variables: Variables, wanted: (name: string) => boolean): Variables {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => wanted(name)));
}
