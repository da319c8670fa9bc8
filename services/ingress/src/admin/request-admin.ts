import { setImmediate } from 'node:timers/promises';
import type { AdminEndpoint } from '@weir/contracts/admin/admin-endpoint';
import { arrayOf } from '@weir/contracts/collections';
import type { Envelope } from '@weir/contracts/envelope';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { SealingPair } from '@weir/service-kit/crypto/sealed-box';
import { Fault } from '@weir/service-kit/fault';
import { z } from 'zod';
import type { SealingKeyClients } from '../adapters/sealing-keys.ts';

type Data = Readonly<Record<string, unknown>>;

/** Asks whoever serves a contract: the data is the request as the contract's `input` has it. */
export type RequestAdmin = (contract: AdminEndpoint, data: Data, envelope: Envelope) => Promise<unknown>;

/** A contract that the ingress answers by itself. */
export type OwnHandler = (data: Data, envelope: Envelope) => Promise<unknown>;

interface RequestAdminParts {
  readonly bus: Pick<Bus, 'request'>;
  /** By the names of their contracts. */
  readonly own: ReadonlyMap<string, OwnHandler>;
  readonly sealingPair: SealingPair;
  readonly serviceKeys: SealingKeyClients;
}

export function createRequestAdmin({ bus, own, sealingPair, serviceKeys }: RequestAdminParts): RequestAdmin {
  const ask: RequestAdmin = async (contract, data, envelope) => {
    const handler = own.get(contract.name);
    if (handler) return handler(data, envelope);
    const { sealed } = contract.http;
    if (!sealed) return bus.request(contract, data, envelope);
    const { [sealed.field]: open, ...rest } = data;
    const askWith = (text: unknown) => bus.request(contract, { ...rest, [sealed.as]: text }, envelope);
    if (open === undefined || (sealed.isTextName && typeof open === 'string')) return askWith(open);
    return serviceKeys.of(contract.service).askSealed(JSON.stringify(open), envelope, askWith);
  };
  return async (contract, data, envelope) => {
    const { sealedReply } = contract.http;
    const reply = await ask(contract, data, envelope);
    return sealedReply === undefined ? reply : openReply(reply, sealedReply, sealingPair);
  };
}

const itemSchema = z.looseObject({});
const replySchema = z.looseObject({ data: arrayOf(itemSchema).optional() });

/** Opening a secret takes half a millisecond: after so many, others have their turn. */
const openedAtOnce = 16;

/** The reply with the secrets in it open: in its field of this name, and in that of each item of its `data`. */
async function openReply(reply: unknown, field: string, pair: SealingPair): Promise<unknown> {
  const openIn = <Item extends Data>(item: Item): Item => {
    const text = item[field];
    // Where there is no secret, as in a dry run, the text is empty.
    return typeof text === 'string' && text !== '' ? { ...item, [field]: openSecret(text, pair) } : item;
  };
  const { data, ...rest } = replySchema.parse(reply);
  if (!data) return openIn(rest);
  const opened: Data[] = [];
  for (const item of data) {
    opened.push(openIn(item));
    if (opened.length % openedAtOnce === 0) await setImmediate();
  }
  return { ...openIn(rest), data: opened };
}

function openSecret(sealed: string, pair: SealingPair): string {
  try {
    return pair.open(sealed);
  } catch (error) {
    // It was sealed for another, or not at all: whatever it is, it does not go further.
    throw new Fault('internal_error', { cause: error });
  }
}
