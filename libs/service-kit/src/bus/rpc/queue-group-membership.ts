/** Why an instance takes no requests for a while: it is full, others are to take them, or it stops. */
type AbsenceReason = 'full' | 'out_of_rotation' | 'draining';

interface MembershipParts {
  readonly leave: () => Promise<void>;
  readonly join: () => void;
}

/** Whether an instance is in its queue groups: it is while there is no reason for it not to be. */
export class QueueGroupMembership {
  readonly #parts: MembershipParts;
  readonly #reasons = new Set<AbsenceReason>();
  #left = Promise.resolve();

  constructor(parts: MembershipParts) {
    this.#parts = parts;
  }

  /** Resolves when all that was already on its way has arrived. */
  leave(reason: AbsenceReason): Promise<void> {
    if (this.#reasons.size === 0) this.#left = this.#parts.leave();
    this.#reasons.add(reason);
    return this.#left;
  }

  rejoin(reason: AbsenceReason): void {
    if (this.#reasons.delete(reason) && this.#reasons.size === 0) this.#parts.join();
  }

  isAbsent(reason: AbsenceReason): boolean {
    return this.#reasons.has(reason);
  }
}
