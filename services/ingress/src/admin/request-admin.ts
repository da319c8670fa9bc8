import type { AdminEndpoint } from '@weir/contracts/admin/admin-endpoint';
import type { Envelope } from '@weir/contracts/envelope';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { SealingKeys } from '../adapters/sealing-keys.ts';

type Data = Readonly<Record<string, unknown>>;

/** Asks whoever serves a contract: the data is the request as the contract's `input` has it. */
export type RequestAdmin = (contract: AdminEndpoint, data: Data, envelope: Envelope) => Promise<unknown>;

/** A contract that the ingress answers by itself. */
export type OwnHandler = (data: Data, envelope: Envelope) => Promise<unknown>;

interface RequestAdminParts {
  readonly bus: Pick<Bus, 'request'>;
  /** By the names of their contracts. */
  readonly own: ReadonlyMap<string, OwnHandler>;
  readonly sealingKeys: SealingKeys;
}

export function createRequestAdmin({ bus, own, sealingKeys }: RequestAdminParts): RequestAdmin {
  return async (contract, data, envelope) => {
    const handler = own.get(contract.name);
    if (handler) return handler(data, envelope);
    const { sealed } = contract.http;
    if (!sealed) return bus.request(contract, data, envelope);
    const { [sealed.field]: open, ...rest } = data;
    const ask = (text: unknown) => bus.request(contract, { ...rest, [sealed.as]: text }, envelope);
    if (open === undefined || (sealed.isTextName && typeof open === 'string')) return ask(open);
    return sealingKeys.of(contract.service).askSealed(JSON.stringify(open), envelope, ask);
  };
}
