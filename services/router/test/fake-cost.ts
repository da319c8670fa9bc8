import {
  holdsReleased,
  holdsRenewed,
  reserve,
  topUpHold,
  type Hold,
  type LimitState,
  type Settlement,
} from '@weir/contracts/cost/admission';
import {
  installationScope,
  limitSchema,
  limitsKey,
  type spendingLimits,
  type Limit,
  type Scope,
  type ScopeLimits,
} from '@weir/contracts/cost/limits';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { Store } from '@weir/service-kit/bus/store';
import { Fault } from '@weir/service-kit/fault';
import type { z } from 'zod';

interface Asked {
  readonly kind: 'reserve' | 'top-up';
  readonly hold: Hold;
  readonly settles: Settlement | undefined;
}

/** A cost service that a test scripts, and what routers have told it. */
export class FakeCost {
  /** Every question, in turn. */
  readonly asked: Asked[] = [];
  readonly released: string[] = [];
  /** The holds of each message, in turn. */
  readonly renewed: Hold[][] = [];
  /** What it answers; what it throws is the answer, too. */
  answer: (asked: Asked) => readonly LimitState[] | Promise<readonly LimitState[]> = () => [aLimitState()];

  get holds(): Hold[] {
    return this.asked.map(({ hold }) => hold);
  }

  /** The bus of a router, without a server. */
  readonly bus: Pick<Bus, 'request' | 'publish' | 'connected'> = {
    connected: true,
    request: async (endpoint, data) => {
      const { hold, settles } = reserve.request.parse(data);
      const kind = endpoint.name === reserve.name ? 'reserve' : 'top-up';
      return endpoint.reply.parse({ limits: await this.#take({ kind, hold, settles }) }) as never;
    },
    publish: ({ name }, data) => {
      if (name === holdsReleased.name) this.released.push(...holdsReleased.data.parse(data).holdIds);
      if (name === holdsRenewed.name) this.renewed.push(holdsRenewed.data.parse(data).holds);
    },
  };

  /** Serves it on a real bus. */
  serve(bus: Pick<Bus, 'serve' | 'subscribe'>): void {
    bus.serve(reserve, async ({ data: { hold, settles } }) => ({
      limits: [...(await this.#take({ kind: 'reserve', hold, settles }))],
    }));
    bus.serve(topUpHold, async ({ data: { hold } }) => ({
      limits: [...(await this.#take({ kind: 'top-up', hold, settles: undefined }))],
    }));
    bus.subscribe(holdsReleased, ({ holdIds }) => this.released.push(...holdIds), { queue: 'cost' });
    bus.subscribe(holdsRenewed, ({ holds }) => this.renewed.push(holds), { queue: 'cost' });
  }

  #take(asked: Asked): readonly LimitState[] | Promise<readonly LimitState[]> {
    this.asked.push(asked);
    return this.answer(asked);
  }
}

/** Of a budget of ten dollars a month of the organisation. */
export function aLimitState(fields: Partial<LimitState> = {}): LimitState {
  return {
    scope: 'organisation/default',
    unit: 'usd',
    window: 'month',
    model: '*',
    limit: '10',
    remaining: '4',
    ...fields,
  };
}

export function refuse(code: Fault['code'], limit: Partial<LimitState> = {}): never {
  throw new Fault(code, { limit: aLimitState(limit) });
}

export const organisationScope: Scope = { kind: 'organisation', id: 'default' };

export function scopeLimits(scope: Scope, limits: readonly z.input<typeof limitSchema>[]): ScopeLimits {
  return { scope, limits: limits.map((limit): Limit => limitSchema.parse(limit)), revision: 1 };
}

/** A budget of the organisation: what makes its requests ask the cost service. */
export const aBudget = scopeLimits(organisationScope, [{ unit: 'usd', limit: '10', window: 'month' }]);

/** The cost service has published all limits: these. */
export async function publishLimits(
  store: Pick<Store<typeof spendingLimits>, 'put'>,
  limits: readonly ScopeLimits[] = [],
): Promise<void> {
  for (const each of [...limits, scopeLimits(installationScope, [])]) {
    await store.put(limitsKey(each.scope), each);
  }
}
