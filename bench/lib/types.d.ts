/** Types of the benchmark; nothing here exists at run time. */
import type { ResultsFile } from './results-file.mjs';

export type ScenarioId =
  | 'cold'
  | 'noop'
  | 'restore'
  | 'leaf'
  | 'root'
  | 'dry'
  | 'large-save'
  | 'large-restore'
  | 'remote'
  | 'remote-rgw';

export type ToolName =
  | 'velocity'
  | 'turbo'
  | 'turbo-bin'
  | 'nx'
  | 'nx-daemon'
  | 'nx-commands'
  | 'lage'
  | 'wireit'
  | 'moon'
  | 'floor';

/** `large`: ten packages whose builds put out 50 to 200 MB each. */
export type Variant = 'standard' | 'large';

/** A generated monorepo, in no tool's words. */
export interface Monorepo {
  readonly variant: Variant;
  readonly packages: readonly PackageSpec[];
}

/** One package; it stands in `packages/<directory>` and builds `src`, or its blobs, into `dist`. */
export interface PackageSpec {
  readonly directory: string;
  readonly name: string;
  /** What its build does, for a shell in its folder. */
  readonly command: string;
  /** Other packages, which stand before it in the list. */
  readonly dependencies: readonly PackageSpec[];
}

/** What a tool's own output says of a run. */
export interface Hits {
  readonly hits: number;
  readonly total: number;
}

/** What the benchmark has to know of one tool. */
export interface Tool {
  readonly name: ToolName;
  /** Key in tools/pins.mjs of what npm installs for it; absent for what is in this repository. */
  readonly pin?: string;
  /** Writes the tool's configuration into a generated workspace. */
  setUp(root: string, monorepo: Monorepo): void;
  command(box: Box): readonly string[];
  /** The same without doing it; absent where the tool has no such thing. */
  dryCommand?(box: Box): readonly string[];
  /** Files and folders with its results and all else that it remembers: gone, the next run is its first. */
  state(box: Box): readonly string[];
  /** Undefined where the output is not what it should be. */
  readHits(output: string): Hits | undefined;
  /** The same of a dry run; absent where it does not say. */
  readDryHits?(output: string): Hits | undefined;
  readonly env?: Readonly<Record<string, string>>;
  /** Starts a remote cache of the tool's own kind; absent where the benchmark has none for it. */
  startRemote?(kind: RemoteKind, place: RemotePlace): Promise<Remote>;
  /** Ends what outlives a run. */
  stop?(box: Box): Promise<void>;
  /** The only scenarios that it makes sense in; absent: all. */
  readonly scenarios?: readonly ScenarioId[];
}

/** One tool's own copy of the monorepo, and all that it may write to. */
export interface Box {
  readonly tool: Tool;
  readonly monorepo: Monorepo;
  /** The workspace. */
  readonly root: string;
  readonly home: string;
  /** The whole environment of a run. */
  readonly env: Readonly<Record<string, string>>;
  /** The `node` that everything npm-installed runs with. */
  readonly node: string;
  /** Renames what exists of these into the trash, on the same device. */
  readonly moveAside: (paths: readonly string[]) => void;
  /** Adds a line to a source of a package that no earlier run has seen. */
  edit(directory: string): void;
}

export type RemoteKind = 'disk' | 'rgw';

export interface RemotePlace {
  /** May be written to; removed by the caller. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** A cache server on loopback. */
export interface Remote {
  /** What the tool needs in its environment to use it. */
  readonly env: Readonly<Record<string, string>>;
  /** Its processes; their children count, too. */
  readonly processIds: readonly number[];
  stop(): Promise<void>;
}

/** Something that people do with a task runner. */
export interface Scenario {
  readonly id: ScenarioId;
  readonly title: string;
  readonly variant: Variant;
  readonly remote?: RemoteKind;
  readonly isDry?: boolean;
  /** Makes the workspace what it is before such a run; never timed. */
  prepare(box: Box): void | Promise<void>;
  readonly expectedHits: (total: number) => number;
}

/** Rounds of one scenario at one size. */
export interface Step {
  readonly scenario: Scenario;
  readonly packages: number;
  readonly tools: readonly ToolName[];
  readonly runs: number;
}

/** One measured run. */
export interface Row {
  /** Version of Node, such as `24.21.0`. */
  readonly node: string;
  readonly packages: number;
  readonly scenario: ScenarioId;
  readonly tool: ToolName;
  /** The round; rows of the same round make a pair. */
  readonly run: number;
  readonly wallMs: number;
  /** User and system time of all its processes; without servers. */
  readonly cpuMs?: number;
  /** Of its largest process. */
  readonly maxRssKiB?: number;
  readonly hits?: number;
  readonly total?: number;
  /** Share of the machine that other work took meanwhile; absent where it cannot be known. */
  readonly foreignShare?: number;
  /** More than 1: runs were repeated because of other work, and this is the one with the least of it. */
  readonly attempts: number;
  /** For a quiet machine, before the last attempt. */
  readonly waitedMs: number;
  /** What the remote's processes took. */
  readonly serverCpuMs?: number;
  /** What was wrong with the run or with the tree that it left; absent: nothing. */
  readonly wrong?: string;
}

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly fileSystem: string;
  /** Where CPU time comes from: `cgroup` counts processes that outlive their run, too. */
  readonly cpuTime: 'cgroup' | 'rusage';
}

/** A file of results. */
export interface Results {
  readonly format: 1;
  /** Of the first row. */
  readonly date: string;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  readonly rows: readonly Row[];
}

/** What one process tree took. */
export interface Usage {
  readonly wallMs: number;
  readonly cpuMs?: number;
  readonly maxRssKiB?: number;
  readonly foreignShare?: number;
  readonly serverCpuMs?: number;
  /** Null when a signal ended it. */
  readonly code: number | null;
}

/** Reads the CPU time of everything below this process, and of everything else. */
export interface CpuMeter {
  readonly source: 'cgroup' | 'rusage';
  /** CPU milliseconds of this process and of all that it started; undefined where only rusage can say. */
  groupMs(): number | undefined;
  close(): void;
}

/** What measures a run. In a smoke run both may be absent. */
export interface Instruments {
  readonly meter: CpuMeter | undefined;
  /** GNU time. */
  readonly timeProgram: string | undefined;
}

/** How carefully a mode measures. */
export interface Care {
  /** How long to wait for a quiet machine before each run; 0: not at all. */
  readonly quietLimitMs: number;
  /** A run during which others took more than this share of the machine is repeated, */
  readonly maxForeignShare: number;
  /** this often at most. */
  readonly maxAttempts: number;
  /** Rest after the files of one size were deleted, before the next; see the README's traps. */
  readonly settleMs: number;
}

export interface Mode {
  readonly sizes: Readonly<Partial<Record<ScenarioId, readonly number[]>>>;
  readonly tools: readonly ToolName[];
  readonly runs: number;
  readonly care: Care;
  /** Share of the large outputs' size. */
  readonly largeScale: number;
  readonly isMeasuring: boolean;
}

/** Where files go that a run must not find. */
export interface Trash {
  /** Renames what exists of these. */
  readonly moveAside: (paths: readonly string[]) => void;
  /** Gives the blocks of large files back, and no inode. */
  shrink(): void;
  empty(): void;
}

/** What all runs of one call have in common. */
export interface Bench {
  /** Everything that is written lies below it. */
  readonly folder: string;
  /** At the front of every run's PATH: `node` and `pnpm`. */
  readonly binFolder: string;
  readonly node: string;
  readonly nodeVersion: string;
  readonly care: Care;
  readonly largeScale: number;
  readonly instruments: Instruments;
  readonly results: ResultsFile;
  readonly trash: Trash;
  readonly signal: AbortSignal;
  findTool(name: ToolName): Tool;
  say(line: string): void;
}

/** Rows of one tool in one scenario at one size. */
export interface Cell {
  readonly node: string;
  readonly packages: number;
  readonly scenario: ScenarioId;
  readonly tool: ToolName;
  readonly rows: readonly Row[];
}

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** VelocityCache against one other tool. */
export interface Comparison {
  readonly ours: Cell;
  readonly theirs: Cell;
  /** Wall-clock time, ours divided by theirs, pair by pair. */
  readonly ratio: Spread;
  readonly goal: number | undefined;
}
