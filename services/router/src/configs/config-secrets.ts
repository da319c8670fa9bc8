import { maxApiKeyLength, type RoutingConfig, type RoutingTarget } from '@weir/contracts/routing/config';
import { documentSecrets, type PlacedSecret } from '@weir/service-kit/admin/documents/document-secrets';
import { pathText } from '@weir/service-kit/schema-fault';

/** The `api_key`s of routing configs. */
export const configSecrets = documentSecrets<RoutingConfig>({
  map: mapKeys,
  code: 'invalid_config',
  unknownMask: 'the stored config has no such key for this provider and host',
  holder: "router's",
  maxTokenLength: maxApiKeyLength,
});

/** What says whose key an `api_key` is. */
type Owner = Pick<RoutingTarget, 'api_key' | 'provider' | 'virtual_key' | 'custom_host'>;

type Change = (key: PlacedSecret) => string;

function mapKeys(config: RoutingConfig, change: Change): RoutingConfig {
  const { mirror, ...root } = config;
  return {
    ...mapTarget(root, [], change),
    ...(mirror && { mirror: mapOwner(mirror, ['mirror'], change) }),
  };
}

type Path = readonly (string | number)[];

function mapTarget<T extends RoutingTarget>(target: T, path: Path, change: Change): T {
  const own = mapOwner(target, path, change);
  const targets = target.targets?.map((one, index) => mapTarget(one, [...path, 'targets', index], change));
  return targets ? { ...own, targets } : own;
}

function mapOwner<T extends Owner>(owner: T, path: Path, change: Change): T {
  const { api_key: text, provider, virtual_key, custom_host } = owner;
  if (text === undefined) return owner;
  const recipient = JSON.stringify([provider, virtual_key, custom_host]);
  return { ...owner, api_key: change({ text, place: pathText([...path, 'api_key']), recipient }) };
}
