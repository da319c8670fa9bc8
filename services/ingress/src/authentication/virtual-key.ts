import type { AccessPolicy, RoutingAccess } from '@weir/contracts/access-policy';
import type { VirtualKeyRecord } from '@weir/contracts/keys/verification';
import type { Authenticated, ConfigAccess } from '../admission.ts';
import { addressList, type AddressList } from '../domain/client-address.ts';
import type { KnownKey } from './key-verifier.ts';

/** A virtual key with all that follows from its record and from the policies of its tenants, worked out once. */
export interface VirtualKey extends KnownKey {
  /** Unix time in milliseconds. */
  readonly expiresAtMs: number | undefined;
  /** Where its requests may come from; anywhere where it is undefined. */
  readonly addresses: AddressList | undefined;
  readonly authenticated: Authenticated;
}

interface TenantPolicies {
  readonly isSuspended: boolean;
  readonly policies: readonly AccessPolicy[];
  /** The organisation's. */
  readonly guardrailPolicy?: string | undefined;
}

export function createVirtualKey(
  record: VirtualKeyRecord,
  { isSuspended, policies, guardrailPolicy: ofOrganisation }: TenantPolicies,
): VirtualKey {
  const { addresses, cache, caller, config, expiresAtMs, guardrailPolicy, metadata, organisation } = record;
  const all = [...policies, record.access];
  const guardrailPolicies = [ofOrganisation, guardrailPolicy].filter((name) => name !== undefined);
  return {
    secrets: record.secrets,
    verificationKeyId: record.verificationKeyId,
    isSuspended,
    expiresAtMs,
    addresses: addresses && addressList(addresses),
    authenticated: {
      tenant: organisation,
      caller,
      configAccess: configAccess(record.access, policies),
      ...(config !== undefined && { config }),
      ...(cache !== undefined && { cache }),
      ...(guardrailPolicies.length > 0 && { guardrailPolicies }),
      ...(metadata && Object.keys(metadata).length > 0 && { metadata }),
      ...routingAccess(all),
    },
  };
}

/** What one policy forbids no other allows. */
function configAccess(own: AccessPolicy, ofTenants: readonly AccessPolicy[]): ConfigAccess {
  return {
    tenantLists: ofTenants.flatMap(({ configs }) => (configs ? [configs] : [])),
    ...(own.configs && { ownList: own.configs }),
    inline: own.inlineConfigs && ofTenants.every(({ inlineConfigs }) => inlineConfigs),
  };
}

/** Absent where nothing is restricted, so that nothing of it travels. */
function routingAccess(policies: readonly AccessPolicy[]): { access?: RoutingAccess } {
  const access = {
    ...listsOf('models', policies),
    ...listsOf('providers', policies),
    ...listsOf('customHosts', policies),
  };
  return Object.keys(access).length === 0 ? {} : { access };
}

function listsOf(part: keyof RoutingAccess, policies: readonly AccessPolicy[]): RoutingAccess {
  const lists = policies.flatMap((policy) => (policy[part] ? [policy[part]] : []));
  return lists.length === 0 ? {} : { [part]: lists };
}
