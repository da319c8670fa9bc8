/** What is done with a request. Whatever it throws becomes the request's answer. */
export type Handler<Request> = (request: Request) => void | Promise<void>;

/**
 * One step of a request's way: gets what it needs to know of the request, and calls `next` with what it adds or
 * replaces, once, now or later. It may also answer by itself and not call `next`, throw a Fault, or pass on a `sink` that wraps the
 * one before (`wrapSink`), and so stand in the way of the answer.
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
    through: (stage) => extend((handler) => enter(enterStage(stage, handler))),
    to: enter,
  };
}

/** A request that went on twice would be asked, billed and answered twice: the second time throws. */
function enterStage<Known extends object, Adds extends object>(
  stage: Stage<Known, Adds>,
  handler: Handler<Known & Adds>,
): Handler<Known> {
  return (request) => {
    let hasGoneOn = false;
    return stage(request, (added) => {
      if (hasGoneOn) throw new Error(`The stage ${stage.name || 'without a name'} called next twice.`);
      hasGoneOn = true;
      return handler({ ...request, ...added });
    });
  };
}
