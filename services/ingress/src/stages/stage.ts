/** What is done with a request. Whatever it throws becomes the request's answer. */
export type Handler<Request> = (request: Request) => void | Promise<void>;

/**
 * One step of a request's way: gets what it needs to know of the request, and calls `next` with what it adds or
 * replaces. It may also answer by itself and not call `next`, throw a Fault, or stand in the way of the answer.
 */
export type Stage<Needs, Adds> = (request: Needs, next: Handler<Adds>) => void | Promise<void>;

interface Pipeline<Start, Known> {
  through<Adds extends object>(stage: Stage<Known, Adds>): Pipeline<Start, Known & Adds>;
  to(last: Handler<Known>): Handler<Start>;
}

/** Begins an order of stages. A stage that stands before the one which adds what it needs does not compile. */
export function from<Start extends object>(): Pipeline<Start, Start> {
  return extend<Start, Start>((handler) => handler);
}

function extend<Start, Known extends object>(
  enter: (handler: Handler<Known>) => Handler<Start>,
): Pipeline<Start, Known> {
  return {
    through: (stage) =>
      extend((handler) => enter((request) => stage(request, (added) => handler({ ...request, ...added })))),
    to: enter,
  };
}
