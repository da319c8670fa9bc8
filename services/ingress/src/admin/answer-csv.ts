import type { AdminEndpoint, CsvForm } from '@weir/contracts/admin/admin-endpoint';
import { arrayOf } from '@weir/contracts/collections';
import type { StreamCall } from '@weir/service-kit/bus/bus';
import { isDoneWithin, type Clock } from '@weir/service-kit/clock';
import { Fault } from '@weir/service-kit/fault';
import { z } from 'zod';
import { csvLine } from '../domain/csv.ts';
import type { RequestContext } from '../request-context.ts';
import type { RequestAdmin } from './request-admin.ts';

interface CsvAnswer {
  readonly clock: Clock;
  readonly context: RequestContext;
  /** The request. */
  readonly data: Readonly<Record<string, unknown>>;
  readonly form: CsvForm;
  readonly requestAdmin: RequestAdmin;
}

const pageSchema = z.object({ data: arrayOf(z.looseObject({})), next: z.string().nullable() });

/** How long a client may take none of what it has been sent before it is let go. */
const slowestClientMs = 60_000;

/**
 * Answers with all items of a list as `text/csv`: a page is asked for when the client has taken the one before, so that no more than
 * one is ever in memory. Each page has the time of a request of its own. A fault after the first page breaks the answer off without
 * its end, so that nobody takes it for the whole.
 */
export async function answerCsv(contract: AdminEndpoint, answer: CsvAnswer): Promise<void> {
  const { clock, context, data, form, requestAdmin } = answer;
  const { envelope, response } = context;
  const { columns, pageItems } = form;
  const flow = new PageFlow();
  response.attach(flow);
  const pageTimeMs = envelope.deadlineAtMs - clock.nowMs();
  let after = data['after'];
  for (let isFirst = true; ; isFirst = false) {
    const pageData = { ...data, limit: pageItems, ...(after !== undefined && { after }) };
    const pageEnvelope = { ...envelope, deadlineAtMs: clock.nowMs() + pageTimeMs };
    const page = pageSchema.parse(await requestAdmin(contract, pageData, pageEnvelope));
    if (isFirst) response.begin(200, headersOf(contract));
    const titles = isFirst ? csvLine(columns, Object.fromEntries(columns.map((name) => [name, name]))) : '';
    response.write(Buffer.from(titles + page.data.map((item) => csvLine(columns, item)).join('')));
    if (page.next === null) break;
    after = page.next;
    const isTaken = await isDoneWithin(flow.taken(), slowestClientMs, clock);
    if (!isTaken) throw new Fault('client_closed_request');
    if (flow.isCancelled) return;
  }
  response.end('');
}

const headersOf = ({ http: { path } }: AdminEndpoint) => [
  'content-type',
  'text/csv; charset=utf-8; header=present',
  'content-disposition',
  `attachment; filename="${path.split('/').slice(3).join('-')}.csv"`,
  'cache-control',
  'no-store',
];

/** What the client's pace does to the next page: it waits, or is not asked for any more. */
class PageFlow implements StreamCall {
  readonly isAccepted = true;
  isCancelled = false;
  #paused: PromiseWithResolvers<undefined> | undefined;

  /** Resolves when the client has taken what it was sent, or is gone. */
  async taken(): Promise<void> {
    await this.#paused?.promise;
  }

  pause(): void {
    this.#paused ??= Promise.withResolvers();
  }

  resume(): void {
    this.#paused?.resolve(undefined);
    this.#paused = undefined;
  }

  cancel(): void {
    this.isCancelled = true;
    this.resume();
  }
}
