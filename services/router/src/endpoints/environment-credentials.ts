import type { environmentCredentials } from '@weir/contracts/keys/credentials';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import { isStored, type Provider } from '../domain/provider.ts';

/** Of a shorter key even the last characters would tell too much. */
const minShownLength = 12;

/** The keys that the routers have from their environment. */
export function createEnvironmentCredentials(
  providers: readonly Provider[],
): EndpointHandler<typeof environmentCredentials> {
  const data = providers.flatMap(({ name: provider, credentials }) =>
    credentials.flatMap((credential) =>
      isStored(credential)
        ? []
        : [{ provider, variable: credential.variable ?? null, last_four: lastFourOf(credential.secret) }],
    ),
  );
  return () => ({ data });
}

function lastFourOf(secret: string): string {
  return secret.length < minShownLength ? '' : secret.slice(-4);
}
