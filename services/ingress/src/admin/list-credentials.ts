import { listCredentials, listStoredCredentials } from '@weir/contracts/admin/credentials';
import type { ReplyOf, RequestOf } from '@weir/contracts/descriptors';
import type { Envelope } from '@weir/contracts/envelope';
import { environmentCredentials } from '@weir/contracts/keys/credentials';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { OwnHandler } from './request-admin.ts';

type Query = RequestOf<typeof listCredentials>;
type Page = ReplyOf<typeof listCredentials>;
type Listed = Page['data'];

/** Says how many of the environment's were listed before. What else comes as `after` is the keys service's. */
const placeForm = /^environment\.(\d{1,6})$/;

/** The providers' credentials: first those that the routers have from their environment, then those that are stored. */
export const createListCredentials =
  ({ bus }: { readonly bus: Pick<Bus, 'request'> }): OwnHandler =>
  async (data, envelope) => {
    const query = listCredentials.request.parse(data);
    const { after, limit, ...filter } = query;
    const storedPage = async (size: number, from?: string): Promise<Page> => {
      const ofPage = { ...filter, limit: size, ...(from !== undefined && { after: from }) };
      const stored = await bus.request(listStoredCredentials, ofPage, envelope);
      return { ...stored, data: stored.data.map((credential) => ({ ...credential, source: 'stored' })) };
    };
    const place = placeForm.exec(after ?? '')?.[1];
    if (after !== undefined && place === undefined) return storedPage(limit, after);

    const begin = Number(place ?? 0);
    const environment = await fromEnvironment(bus, query, envelope);
    const listed = environment.slice(begin, begin + limit);
    const end = begin + listed.length;
    const next = `environment.${end}`;
    if (end < environment.length) return { data: listed, has_more: true, next };
    if (listed.length < limit) {
      const stored = await storedPage(limit - listed.length);
      return { ...stored, data: [...listed, ...stored.data] };
    }
    const { data: following } = await storedPage(1);
    const hasMore = following.length > 0;
    return { data: listed, has_more: hasMore, next: hasMore ? next : null };
  };

/** They are everybody's: who reaches one organisation, or asks for one, does not see them. */
async function fromEnvironment(
  bus: Pick<Bus, 'request'>,
  { organisation_id, provider }: Query,
  envelope: Envelope,
): Promise<Listed> {
  if (envelope.actor?.organisation !== undefined || organisation_id !== undefined) return [];
  const { data } = await bus.request(environmentCredentials, {}, envelope);
  const sortKey = (one: (typeof data)[number]) => `${one.provider} ${one.variable ?? ''} ${one.last_four}`;
  return data
    .filter((one) => provider === undefined || one.provider === provider)
    .sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1))
    .map((one) => ({ ...one, source: 'environment' }));
}
