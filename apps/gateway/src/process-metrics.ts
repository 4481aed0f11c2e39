import { collectDefaultMetrics } from 'prom-client';
import type { Registry } from 'prom-client';

/** Gauges of prom-client whose names end like counters: `promtool check metrics` calls that an error. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/** Memory, CPU, event loop and garbage collection of this process. Starts observers that live as long as the process. */
export function collectProcessMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
}
