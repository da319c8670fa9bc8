import type { ReplyOf } from '@weir/contracts/descriptors';
import type { dryRunRouting } from '@weir/contracts/admin/dry-run-routing';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import type { ConfigLibrary } from '../configs/config-library.ts';
import type { TargetSelector } from '../domain/routing/target-selector.ts';
import { explainUnavailable, explainTarget } from '../domain/routing/explain.ts';
import type { Target } from '../domain/routing/compiled-config.ts';

interface Dependencies {
  readonly configs: Pick<ConfigLibrary, 'resolve'>;
  readonly decider: TargetSelector;
}

type Reply = ReplyOf<typeof dryRunRouting>;

/** Goes the way of a request whose every target fails, and asks nobody. */
export function createDryRunRouting({
  configs,
  decider,
}: Dependencies): EndpointHandler<typeof dryRunRouting> {
  return ({ data }) => {
    const { name, compiled: config } = configs.resolve(data.config);
    const chat = {
      ...data.request,
      messages: data.request.messages ?? [{ role: 'user' as const, content: '' }],
    };
    const metadata = data.metadata ?? {};
    const course = decider.preview({ config, chat, metadata });
    const targets: Reply['targets'] = [];
    for (let candidate = course.first(); candidate; candidate = course.nextRegardless()) {
      const { target, provider, model } = candidate;
      const reason = explainTarget(target, config.root, { metadata, params: chat });
      targets.push({ ...named(target), provider: provider.name, model: model.id, reason });
    }
    return {
      config: name ?? null,
      model: course.model,
      targets,
      passed_over: course.unavailable.map((passed) => ({
        ...named(passed.target),
        provider: passed.provider?.name ?? '',
        model: passed.model?.id ?? passed.target.overrides.model ?? course.model,
        reason: explainUnavailable(passed),
      })),
      warnings: [...config.warnings],
    };
  };
}

function named({ path, name }: Target): { path: string; target: string } {
  return { path, target: name ?? path };
}
