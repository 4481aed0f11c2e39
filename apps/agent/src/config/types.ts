/** A place in a configuration file; `line` and `column` count from 1, columns in UTF-16 code units as editors do. */
export interface Origin {
  /** Relative to the workspace's root, with `/`. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One mistake in a configuration file, and where it stands. */
export interface Diagnostic extends Origin {
  readonly message: string;
  /** What the reader can do about it. */
  readonly hint?: string;
}

/** A name as somebody wrote it, and where: what a later complaint about it points at. */
export interface Located {
  readonly text: string;
  readonly origin: Origin;
}

/** One entry of `depends_on`. */
export interface DependencyConfig extends Located {
  /**
   * What of the dependency is part of the key: its own key, what it and everything below it put out (early cutoff), or only what it
   * puts out itself.
   */
  readonly keyedBy: 'key' | 'outputs' | 'direct-outputs';
}

/** A JSON document of which only a part decides a result. */
export interface JsonInput {
  /** Relative to the package, or `$ROOT/…`; no glob. */
  readonly file: string;
  /** `pick`: nothing but these fields counts; `omit`: everything but these. */
  readonly mode: 'pick' | 'omit';
  /** Dotted paths: `compilerOptions.target`. */
  readonly fields: readonly string[];
}

export type TaskCommand =
  | { readonly kind: 'shell'; readonly text: string }
  | { readonly kind: 'argv'; readonly argv: readonly string[] };

/** Everything that is configured about one task. Globs and names are in the order they were written: a later `!` takes away. */
export interface TaskConfig {
  /** Absent: the package's own script of that name, and where it has none the task does nothing itself. */
  readonly command?: TaskCommand;
  /** Globs relative to the package, or `$ROOT/…`; `$DEFAULT` stands for the files that absent means: all that git does not ignore. */
  readonly inputs?: readonly string[];
  /** Inputs besides {@link inputs}, whatever these take away. */
  readonly jsonInputs: readonly JsonInput[];
  /** Globs relative to the package, or `$ROOT/…`. `dist` means the folder and all below it. */
  readonly outputs: readonly string[];
  /** `^task`, `task`, `pkg#task` or `//#task`. */
  readonly dependsOn: readonly DependencyConfig[];
  /** Names of variables that are part of the key; `*` is a wildcard. */
  readonly env: readonly string[];
  /** Names of variables that the command gets and the key ignores. */
  readonly passEnv: readonly string[];
  /** Files of variables, relative to the package or `$ROOT/…`; the variables are part of the key. */
  readonly dotenv: readonly string[];
  /** Never true for a persistent task: it has no end to store. */
  readonly cache: boolean;
  readonly persistent: boolean;
  readonly timeoutMs?: number;
  /** `auto` removes what the task owns before it runs; `false` leaves it there. */
  readonly clean: 'auto' | false;
  /** `any` shares results between platforms; `inherit`, like absent, does as `global.platform` says. */
  readonly platform?: 'any' | 'inherit';
  readonly description?: string;
  readonly origin: Origin;
}

/** What one layer says about a task. A list may hold `$INHERIT`, which stands for the items of the layer below. */
export type TaskOverride = Partial<TaskConfig>;

export interface RemoteSettings {
  readonly enabled: boolean;
  readonly url?: string;
  readonly token?: string;
  /** `env` where the token came out of a `${VAR}`, `literal` where it stands in the file, `none` where there is none. */
  readonly tokenSource: 'env' | 'literal' | 'none';
  readonly readOnly: boolean;
  readonly maxArtifactSizeBytes: number;
  readonly timeoutMs: number;
  readonly upload: 'wait' | 'background' | 'skip';
  /** Keys of gateways that are trusted whatever the gateway itself says. */
  readonly publicKeys: readonly string[];
}

export interface CacheSettings {
  /** Absolute; absent means the user's cache folder. */
  readonly dir?: string;
  readonly maxSizeBytes: number;
  readonly maxAgeMs: number;
}

/** What holds for every task. Paths are relative to the workspace's root. */
export interface GlobalSettings {
  readonly inputs: readonly string[];
  readonly jsonInputs: readonly JsonInput[];
  readonly env: readonly string[];
  readonly passEnv: readonly string[];
  readonly dotenv: readonly string[];
  readonly toolchains: 'auto' | 'none' | readonly string[];
  readonly platform: 'os-arch' | 'any';
}

/** The root's `velocity.yml`, with every default filled in. */
export interface VelocityConfig {
  /** Absolute path of the workspace. */
  readonly root: string;
  /** Name of the file below {@link root}: `velocity.yml` or `velocity.yaml`. */
  readonly file: string;
  readonly projectId?: string;
  /** Globs of package folders; absent means the workspaces that the manifests declare. */
  readonly packages?: readonly string[];
  readonly remote: RemoteSettings;
  readonly cache: CacheSettings;
  readonly global: GlobalSettings;
  /** By plain task name; entries written as `pkg#task` are in {@link overrides}. */
  readonly pipeline: ReadonlyMap<string, TaskConfig>;
  readonly overrides: ReadonlyMap<string, TaskOverride>;
}

/** A package's own `velocity.yml`. */
export interface PackageConfig {
  /** Relative to the workspace's root. */
  readonly file: string;
  /** Relative to the workspace's root. */
  readonly directory: string;
  readonly name?: string;
  readonly language?: string;
  /** Names of packages that this one depends on, besides those its manifest says. */
  readonly deps: readonly Located[];
  readonly tags: readonly string[];
  /** False after `extends: []`: the root's pipeline then says nothing about this package. */
  readonly extendsRoot: boolean;
  readonly pipeline: ReadonlyMap<string, TaskOverride>;
}

/** `absent` means there is no file; its one diagnostic says so. `source` is the text that the diagnostics point into. */
export type LoadConfigResult =
  | { readonly ok: true; readonly config: VelocityConfig }
  | {
      readonly ok: false;
      readonly reason: 'absent' | 'invalid';
      readonly diagnostics: readonly Diagnostic[];
      readonly source?: string;
    };

/** `config` is absent where the package has no file of its own. */
export type LoadPackageConfigResult =
  | { readonly ok: true; readonly config?: PackageConfig }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[]; readonly source?: string };
