/** Types of the suite; nothing here exists at run time. */
import type { Trial } from './trial.mjs';

/** Files by their path; content, or a link, or an empty folder. */
export type Files = Readonly<Record<string, string | FileNode>>;
export type FileNode =
  | { readonly content: string; readonly isExecutable?: boolean }
  | { readonly link: string }
  | { readonly isFolder: true };

/** A small monorepo, in no runner's words. Packages stand in `packages/<name>`. */
export interface WorkspaceSpec {
  readonly packages: readonly PackageSpec[];
  /** Relative to the workspace. */
  readonly files?: Files;
  /** Paths that git tracks although they are ignored. */
  readonly tracked?: readonly string[];
  /** Files of the workspace that every task depends on. */
  readonly globalInputs?: readonly string[];
}

export interface PackageSpec {
  readonly name: string;
  /** Names of packages of the workspace. */
  readonly dependencies?: readonly string[];
  /** What it needs from npm, and the versions that the lockfile has; each is a module that says its version. */
  readonly externals?: Readonly<Record<string, string>>;
  /** Relative to the package. */
  readonly files?: Files;
  readonly tasks: Readonly<Record<string, TaskSpec>>;
}

export interface TaskSpec {
  /** Body of the module that is the task; what lib/task-kit.mjs exports is in scope. */
  readonly script: string;
  /** Absent: `node <task>.mjs`. */
  readonly command?: string;
  /** Folders of the package with everything below them; `default` is what the runner takes when nothing is said. Absent: `src`. */
  readonly inputs?: readonly string[] | 'default';
  /** Folders of the package with everything below them. Absent: `dist`. */
  readonly outputs?: readonly string[];
  /** `^task` is that task of the package's dependencies. */
  readonly dependsOn?: readonly string[];
  /** Variables that the task reads. */
  readonly env?: readonly string[];
  /** Files of the package with variables that the runner loads for the task. */
  readonly dotenv?: readonly string[];
}

/** How a task's result came about, as the runner itself says. */
export type Claim = 'hit' | 'miss' | 'failed';

/** Why a task runs. The details: a path in the package, a variable, a task, a package with its old and its new version. */
export type Reason = readonly [kind: ReasonKind, ...details: string[]];
export type ReasonKind =
  | 'never-built'
  | 'evicted'
  | 'corrupt'
  | 'added'
  | 'removed'
  | 'changed'
  | 'mode'
  | 'env'
  | 'command'
  | 'arguments'
  | 'dependency'
  | 'package'
  | 'global'
  | 'configuration'
  | 'unstored-dependency';
/** What a runner says for each kind, of any details where none are given. A kind that is not there is one that it does not tell. */
export type Wordings = Readonly<Partial<Record<ReasonKind, (...details: string[]) => RegExp>>>;

export interface RunOptions {
  /** Only these packages; absent: all of them. */
  readonly packages?: readonly string[];
  /** Handed to the named tasks. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Called once the runner's process exists. */
  readonly onStart?: (process: RunningProcess) => void;
  /** Another user to run as; only root can. */
  readonly uid?: number;
  /** When a run that does not end is killed. */
  readonly deadlineMs?: number;
}

export interface RunningProcess {
  /** kill -9 of the runner and of all that it started in its process group. */
  kill(): void;
}

export interface ProcessResult {
  /** null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
}

/** Where one probe takes place. Everything a runner may write to lies in `base`. */
export interface Box {
  readonly base: string;
  /** The workspace. */
  readonly root: string;
  readonly home: string;
  /** Where tasks record that they ran and wait for the probe. */
  readonly control: string;
  /** PATH, HOME and the like: nothing else of the caller's environment reaches a runner. */
  readonly env: Readonly<Record<string, string>>;
}

/** What the suite has to know about one runner. */
export interface Adapter {
  readonly name: string;
  /** npm package to install; absent for what is in this repository. */
  readonly npm?: string;
  /** @param tools folder that holds the installed `node_modules` */
  version(tools: Tools): string | Promise<string>;
  /** Writes the runner's own configuration; packages, their scripts and their files are there already. */
  setUp(box: Box, spec: WorkspaceSpec, tools: Tools): void | Promise<void>;
  run(box: Box, tasks: readonly string[], options: RunOptions, tools: Tools): Promise<ProcessResult>;
  /** Each task that the runner says something about, as `package#task`. */
  read(result: ProcessResult, box: Box): Readonly<Record<string, Claim>>;
  /** Why each task ran, in the runner's words, as `package#task`; absent: it never says. */
  readReasons?(result: ProcessResult): Readonly<Record<string, string>>;
  /** Comes with `readReasons`. */
  readonly wordings?: Wordings;
  /** Files and folders that hold the stored results. */
  stored(box: Box): readonly string[];
  /** Files and folders with what else the runner remembers from run to run: indexes, last keys. */
  remembered(box: Box): readonly string[];
  /** Probes that make no sense for this runner, by id, and why. */
  readonly notApplicable?: Readonly<Record<string, string>>;
}

export interface Tools {
  /** Folder with `node_modules`, or the empty string. */
  readonly directory: string;
  /** Program to use instead of the adapter's own. */
  readonly program?: string;
  /** Faults to switch on; only the reference runner has any. */
  readonly faults?: readonly string[];
}

/** One run, with what really happened. */
export interface Outcome extends ProcessResult {
  /** Tasks whose command started, one entry for each time, sorted. */
  readonly executed: readonly string[];
  readonly claims: Readonly<Record<string, Claim>>;
  /** Empty where the runner tells none. */
  readonly reasons: Readonly<Record<string, string>>;
}

/** Probes about the same thing: a line of the short table. */
export interface ProbeGroup {
  readonly title: string;
  readonly probes: readonly Probe[];
}

export interface Probe {
  readonly id: string;
  /** Its number among the eleven probes that the comparison began with; two probes with the same number were one then. */
  readonly original?: number;
  readonly title: string;
  /** One sentence: what goes wrong for people where this fails. */
  readonly why: string;
  /** Faults of the reference runner that this probe must find. */
  readonly faults: readonly string[];
  /** Says something about a runner without a right or wrong. */
  readonly isInformation?: boolean;
  /** Throws what `lib/check.mjs` makes when the runner does something else than it should; a text is what was seen. */
  run(trial: Trial): Promise<string | void>;
}

/** How the reasons were that a runner told for its misses. */
export interface ReasonCount {
  readonly right: number;
  /** What was told in the other cases, and what should have been. */
  readonly wrong: readonly string[];
}

export type Status = 'passed' | 'failed' | 'not-applicable' | 'information' | 'error';

export interface Verdict {
  readonly id: string;
  readonly title: string;
  readonly status: Status;
  /** What was seen where it did not pass. */
  readonly seen: string;
  readonly durationMs: number;
  readonly reasons?: ReasonCount;
  /** Why the runner does that, where that is known. */
  readonly explanation?: string;
}

export interface Report {
  readonly runner: string;
  readonly version: string;
  /** The newest that npm has, where it could be asked. */
  readonly newest: string | undefined;
  readonly date: string;
  readonly verdicts: readonly Verdict[];
}
