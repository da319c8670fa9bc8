import { createKey } from '@weir/contracts/admin/virtual-keys';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { Clock } from '@weir/service-kit/clock';
import type { ChangeRunner } from './changes/change-runner.ts';
import { createCreateKey } from './endpoints/create-key.ts';
import type { Installation } from './vault/installation.ts';

interface VirtualKeyParts {
  readonly changes: ChangeRunner;
  readonly installation: Installation;
  readonly clock: Clock;
}

/** All that administers virtual keys. */
export function serveVirtualKeys(bus: Pick<Bus, 'serve'>, parts: VirtualKeyParts): void {
  bus.serve(createKey, createCreateKey(parts));
}
