/** Types of the gateway's benchmark; nothing here exists at run time. */
import type { RemotePlace } from '../lib/types.d.ts';

export type SectionName = 'negotiate' | 'batch' | 'proxy' | 'memory';
export type StoreKind = 'fs' | 'rgw';

/** What is asked: `head` is the question of turborepo-remote-cache, the others are negotiations. */
export type Question = 'known' | 'unknown' | 'upload' | 'head-known' | 'head-unknown';

/** A server under load, on loopback. */
export interface Target {
  readonly name: string;
  readonly port: number;
  readonly token: string;
  /** Of the server itself, without its store. */
  readonly processId: number;
}

/** What one run of the client sends. */
export interface Load {
  readonly port: number;
  readonly token: string;
  readonly question: Question;
  /** Artifacts in one request; 1 is a bare item. */
  readonly batch: number;
  /** Artifacts that the store knows. */
  readonly known: number;
  readonly connections: number;
  readonly warmUpMs: number;
  readonly durationMs: number;
  /** Requests each second, all connections together; undefined: as fast as they are answered. */
  readonly rate?: number;
}

/** What the client saw of it. */
export interface LoadResult {
  readonly requests: number;
  readonly elapsedMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The first answer that was not what it should be. */
  readonly wrong?: string;
}

export interface Download {
  readonly port: number;
  /** Path and query; each connection takes them in turn. */
  readonly paths: readonly string[];
  readonly sizeBytes: number;
  readonly connections: number;
  readonly warmUpMs: number;
  readonly durationMs: number;
}

export type ClientJob =
  | { readonly kind: 'load'; readonly load: Load }
  | { readonly kind: 'download'; readonly load: Download };

/** One measured run. */
export interface Row {
  readonly section: SectionName;
  readonly server: string;
  readonly store: string;
  readonly what: string;
  readonly connections: number;
  readonly round: number;
  /** Artifacts, or megabytes. */
  readonly perSecond: number;
  readonly unit: 'artifacts' | 'MB';
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** CPU milliseconds of the server for 1,000 artifacts, or for 1,000 MB. */
  readonly cpuMsPerThousand: number;
  /** The same of the client. */
  readonly clientCpuMsPerThousand: number;
  readonly peakRssMiB: number;
  /** Share of the machine that neither server nor client took. */
  readonly foreignShare: number;
  readonly wrong?: string;
}

/** How much of everything. */
export interface Mode {
  readonly rounds: number;
  readonly warmUpMs: number;
  readonly durationMs: number;
  readonly memoryMs: number;
  /** Artifacts that the store knows. */
  readonly known: number;
  readonly stores: readonly StoreKind[];
  readonly withPeers: boolean;
  readonly largeBytes: number;
}

/** All that a section needs. */
export interface Bench {
  /** The gateway's bundle. */
  readonly program: string;
  readonly mode: Mode;
  readonly place: RemotePlace;
  readonly rows: Row[];
  readonly notes: string[];
  say(line: string): void;
}
