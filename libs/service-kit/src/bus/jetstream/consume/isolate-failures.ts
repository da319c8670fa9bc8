import type { Fault } from '../../../fault.ts';

/**
 * Handles items together; where that fails, halves them until what fails is alone. So one item that can never be handled
 * costs its neighbours a few calls, and not their handling. Returns the items that have failed alone, with the fault of
 * each. A fault that `concernsAll` ends it: nothing is learned of single items then, and it is thrown.
 */
export async function isolateFailures<Item>(
  items: readonly Item[],
  handle: (items: readonly Item[]) => Promise<Fault | undefined>,
  concernsAll: (fault: Fault) => boolean,
): Promise<Map<Item, Fault>> {
  const failed = new Map<Item, Fault>();
  const groups = [items];
  for (let group = groups.pop(); group; group = groups.pop()) {
    const [first] = group;
    if (first === undefined) continue;
    const fault = await handle(group);
    if (!fault) continue;
    if (concernsAll(fault)) throw fault;
    const half = Math.ceil(group.length / 2);
    if (group.length === 1) failed.set(first, fault);
    else groups.push(group.slice(half), group.slice(0, half));
  }
  return failed;
}
