import type { ReplyOf } from '@weir/contracts/descriptors';
import type { dryRunRouting } from '@weir/contracts/admin/dry-run-routing';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import type { ConfigLibrary } from '../configs/config-library.ts';
import type { TargetSelector } from '../domain/routing/target-selector.ts';
import { explainTarget, explainUnavailable } from '../domain/routing/explain.ts';
import type { Target } from '../domain/routing/compiled-config.ts';

interface Dependencies {
  readonly configs: Pick<ConfigLibrary, 'resolve'>;
  readonly selector: TargetSelector;
}

type Reply = ReplyOf<typeof dryRunRouting>;

/** Shows the targets of a request in the order in which they would be tried, without sending it anywhere. */
export function createDryRunRouting({
  configs,
  selector,
}: Dependencies): EndpointHandler<typeof dryRunRouting> {
  return ({ data, envelope: { tenant, access } }) => {
    const { name, compiled: config } = configs.resolve(data.config, tenant);
    const chat = {
      ...data.request,
      messages: data.request.messages ?? [{ role: 'user' as const, content: '' }],
    };
    const metadata = data.metadata ?? {};
    const plan = selector.preview({ config, chat, metadata, tenant, access });
    const targets: Reply['targets'] = [];
    for (let candidate = plan.first(); candidate; candidate = plan.nextRegardless()) {
      const { target, provider, model } = candidate;
      const reason = explainTarget(target, config.root, { metadata, params: chat });
      targets.push({ ...named(target), provider: provider.name, model: model.id, reason });
    }
    return {
      config: name ?? null,
      model: plan.model,
      targets,
      passed_over: plan.unavailable.map((unavailable) => ({
        ...named(unavailable.target),
        provider: unavailable.provider?.name ?? '',
        model: unavailable.model?.id ?? unavailable.target.overrides.model ?? plan.model,
        reason: explainUnavailable(unavailable),
      })),
      warnings: [...config.warnings],
    };
  };
}

function named({ path, name }: Target): { path: string; target: string } {
  return { path, target: name ?? path };
}
