import type { Readable, Writable } from 'node:stream';

/** Everything that a command may know of the world around it; only {@link processContext} reads it from the process. */
export interface AgentContext {
  readonly version: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** The terminal's width in columns; undefined when the output is not a terminal. */
  readonly columns: number | undefined;
  readonly hasColor: boolean;
  readonly platform: NodeJS.Platform;
  readonly architecture: string;
  readonly nodeVersion: string;
  readonly nodePath: string;
  readonly homeDirectory: string;
  /** Where the system keeps what need not last. */
  readonly tempDirectory: string;
  readonly processId: number;
  readonly cpuCount: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds since some moment; never goes back. */
  readonly monotonic: () => number;
  readonly random: () => number;
  /** Does something that has ended when it returns with another folder as the current one: relative paths are found faster than absolute ones. */
  readonly within: <T>(folder: string, body: () => T) => T;
  /** Calls back for SIGINT and SIGTERM (a closed terminal counts as one) until what it returns is called. */
  readonly onSignal: (listener: (signal: 'SIGINT' | 'SIGTERM') => void) => () => void;
}
