import { without } from '../chaos-nats.ts';
import { limitedQuestion, observeTold, screenedQuestion } from '../observe.ts';
import type { LoadRow } from '../row.ts';

/** A right on NATS is taken away and given back, each by a reload of the server. */
export const readinessRows: LoadRow[] = [
  row('router-subscription', 'the only router may not hear requests', [
    'router',
    'subscribe',
    'router.complete',
  ]),
  row('router-replies', 'the only router may not answer ingresses', ['router', 'publish', '_INBOX_ingress']),
  row('ingress-inbox', 'ingresses may not hear answers', ['ingress', 'subscribe', '_INBOX_ingress']),
  row('ingress-publish', 'ingresses may not ask routers', ['ingress', 'publish', 'router.complete']),
  {
    ...row('guardrails-subscription', 'the only guardrails may not hear requests', [
      'guardrails',
      'subscribe',
      'guardrails.complete',
    ]),
    stand: { replicas: { router: [{}], guardrails: [{}] } },
    question: screenedQuestion,
  },
  {
    ...row('cost-replies', 'the only cost service may not answer routers', [
      'cost',
      'publish',
      '_INBOX_router',
    ]),
    question: limitedQuestion,
  },
  {
    ...row('password', 'the routers, whose password is changed at the server', [
      'router',
      'publish',
      '_INBOX_ingress',
    ]),
    name: 'nats.password-changed',
    done: 'the password is changed and changed back, each by a reload of nats-server',
    harm: async ({ nats }) => {
      await nats.reload((config) => config.replace('$WEIR_NATS_ROUTER_PASSWORD', 'another'));
      return () => nats.reload((config) => config);
    },
    observe: (stand) => observeTold(stand, /bus_authentication_failed/),
  },
];

function row(name: string, part: string, right: Parameters<typeof without>): LoadRow {
  return {
    name: `permission.${name}`,
    part,
    done: 'the permission is removed and restored, each by a reload of nats-server',
    stand: { replicas: { router: [{}] } },
    harmMs: 12_000,
    harm: async ({ nats }) => {
      await nats.reload(without(...right));
      return () => nats.reload((config) => config);
    },
    observe: (stand) => observeTold(stand, /bus_permission_denied/),
    bounds: { failedShare: 1, recoversWithinMs: 10_000, longestWaitMs: 6_000 },
  };
}
