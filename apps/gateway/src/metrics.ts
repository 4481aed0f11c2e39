import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { VERSION } from './version.js';

const LATENCY_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export type Metrics = ReturnType<typeof createMetrics>;

/** The gateway's metrics, in a registry of their own. The label sets are constant: no key, task or address is ever a label. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const counter = <const L extends string = never>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Counter<L>({ name, help, labelNames: [...labelNames], registers });
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers });

  const build = new Gauge({ name: 'vc_build_info', help: 'Always 1.', labelNames: ['version', 'node'], registers });
  build.set({ version: VERSION, node: process.version }, 1);
  const storeSize = gauge('vc_store_size_bytes', 'Bytes in the store, as the last sweep counted them.');
  // Without a value until a sweep has counted: 0 would be a lie.
  storeSize.remove();

  return {
    registry,
    hits: counter('vc_cache_hits_total', 'Download items answered with a record.', ['scope', 'tier']),
    misses: counter('vc_cache_misses_total', 'Download items answered with "missing".'),
    negotiationLatency: new Histogram({
      name: 'vc_negotiation_latency_seconds',
      help: 'Time to answer one negotiation, a batch or a single item.',
      buckets: LATENCY_BUCKETS,
      registers,
    }),
    historyLatency: new Histogram({
      name: 'vc_history_latency_seconds',
      help: 'Time to answer what tasks got lately, a batch of them.',
      buckets: LATENCY_BUCKETS,
      registers,
    }),
    uploadsNeeded: counter('vc_uploads_needed_total', 'Upload items answered with a ticket.'),
    uploadsSkipped: counter('vc_uploads_skipped_total', 'Upload items whose record was there already.'),
    commits: withZeros(counter('vc_commits_total', 'Commits by result.', ['result']), 'result', [
      'stored',
      'divergent',
      'refused',
    ]),
    divergent: counter(
      'vc_divergent_total',
      'Commits of another result than the one stored: a task that is not deterministic.',
    ),
    bytesVended: withZeros(
      counter('vc_bytes_vended_total', 'Bytes that negotiations handed out signed URLs for.', ['direction']),
      'direction',
      ['upload', 'download'],
    ),
    proxyBytes: withZeros(
      counter('vc_proxy_bytes_total', 'Blob bytes that passed through the gateway.', ['direction']),
      'direction',
      ['in', 'out'],
    ),
    readbackBytes: counter(
      'vc_readback_bytes_total',
      'Blob bytes read back: at commit where the store vouches for no checksum, and on reports.',
    ),
    blobsRejected: counter(
      'vc_blobs_rejected_total',
      'Blobs removed because their bytes were not those of their name.',
    ),
    recordsDropped: counter(
      'vc_records_dropped_total',
      'Records removed because they were unreadable, a blob of theirs was gone, or their artifact was another one.',
    ),
    reports: withZeros(
      counter('vc_reports_total', 'Reports of damaged or foreign entries, by what the gateway found itself.', [
        'result',
      ]),
      'result',
      ['removed', 'sound', 'gone', 'unknown'],
    ),
    storageErrors: counter('vc_storage_errors_total', 'Failed storage operations.', ['operation', 'kind']),
    storeSize,
    evictions: withZeros(counter('vc_evictions_total', 'Objects removed by sweeps.', ['kind']), 'kind', [
      'record',
      'blob',
      'history',
    ]),
    requests: counter('vc_requests_total', 'Requests answered.', ['route', 'status']),
    unhandled: counter('vc_unhandled_rejections_total', 'Failures nobody waited for: bugs.'),
    storageReady: gauge('vc_storage_ready', '1 when the store answered its last check.'),
  } as const;
}

/** Makes a labelled counter's series exist from the start, so that a rate over them has no gap. */
function withZeros<L extends string>(counter: Counter<L>, label: L, values: readonly string[]): Counter<L> {
  for (const value of values) counter.inc({ [label]: value } as Partial<Record<L, string>>, 0);
  return counter;
}
