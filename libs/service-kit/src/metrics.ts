import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Seconds, from a cache hit to a long completion. */
const durationBuckets = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300,
];

interface Described<Label extends string> {
  name: string;
  help: string;
  /** Closed vocabularies only: never an end user, a request id, or a name that a caller chose. */
  labels?: readonly Label[];
}

export type Metrics = ReturnType<typeof createMetrics>;

/**
 * A service's own metrics, in a registry of its own, all named `weir_*`, but for those named `llm_*`: what every gateway
 * measures keeps the names that dashboards know.
 */
export function createMetrics(service: string) {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });

  const options = <Label extends string>({ name, help, labels = [] }: Described<Label>) => ({
    name: name.startsWith('llm_') ? name : `weir_${name}`,
    help,
    labelNames: [...labels],
    registers: [registry],
  });

  return {
    counter: <Label extends string>(described: Described<Label>) => new Counter<Label>(options(described)),
    /** Reads the value whenever it is asked for. */
    gauge: (described: Described<never>, read: () => number) =>
      new Gauge({
        ...options(described),
        collect() {
          this.set(read());
        },
      }),
    /** The same of several values, told apart by their labels. What is not among them any more is not exposed any more. */
    gaugeBy: <Label extends string>(
      described: Described<Label>,
      read: () => readonly (readonly [labels: Partial<Record<NoInfer<Label>, string>>, value: number])[],
    ) =>
      new Gauge<Label>({
        ...options(described),
        collect() {
          this.reset();
          for (const [labels, value] of read()) this.set(labels, value);
        },
      }),
    /** Observes seconds. */
    duration: <Label extends string>(described: Described<Label>) =>
      new Histogram<Label>({ ...options(described), buckets: durationBuckets }),
    /** The Prometheus text format. */
    expose: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
