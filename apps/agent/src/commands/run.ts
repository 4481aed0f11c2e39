import { Command, Option } from 'clipanion';
import { VelocityCommand } from './velocity-command.js';

export class RunCommand extends VelocityCommand {
  static override paths = [['run']];
  static override usage = Command.Usage({
    category: 'Tasks',
    description: 'run tasks, and restore instead what was built before',
    details: `
      Runs the named tasks of all packages, or of those that are selected, after everything they depend on. What the local store or
      the team's has under the same key is restored; the rest runs and is stored. What follows \`--\` is handed to the named tasks.
      \`--verify=full\` executes every task twice instead, each time in a fresh copy of the workspace without its outputs, beside it or
      in the system's temporary folder (room for two copies is needed, where the file system cannot share blocks); the copies are removed
      at the end. It exits with 1 when outputs differ, and names byte, line and likely cause; no store is read or written.
      \`velocity build\` is short for \`velocity run build\`. Every flag can be set as VELOCITY_<NAME>, too.
    `,
    examples: [
      ['Build everything', '$0 run build'],
      ['Test one package and what it depends on', '$0 run test -F web'],
      ['Hand arguments to the task', '$0 run test -F web -- --watch=false'],
      ['See what would run', '$0 run build test --dry'],
      ['Find what comes out differently each time', '$0 run build --verify=full'],
    ],
  });

  tasks = Option.Rest({ required: 1, name: 'task' });
  filter = Option.Array('-F,--filter', {
    description: 'Packages by name, glob or directory; `!` takes away, `...` adds dependencies.',
  });
  packages = Option.Array('-p,--package', { description: 'Same as --filter.' });
  only = Option.Boolean('--only', false, { description: 'Run the named tasks without those that they depend on.' });
  force = Option.Boolean('--force', false, { description: 'Run everything, whatever is stored.' });
  cache = Option.String('--cache', { description: 'What may be read and written: local:rw,remote:r.' });
  noCache = Option.Boolean('--no-cache', false, { description: 'Neither read nor write any store.' });
  cacheDir = Option.String('--cache-dir', { description: 'Folder of the local store.' });
  remoteUrl = Option.String('--remote-cache-url', { description: 'Gateway to use.' });
  remoteReadOnly = Option.Boolean('--remote-cache-readonly', { description: 'Take from the remote, send nothing.' });
  noRemote = Option.Boolean('--no-remote-cache', false, { description: 'Leave the remote alone.' });
  requireRemote = Option.Boolean('--require-remote', false, { description: 'Fail when the remote cannot be used.' });
  upload = Option.String('--upload', { description: 'wait, background or skip.' });
  concurrency = Option.String('--concurrency,--parallel,-j', {
    description: 'Tasks at once: a number or a share of the cores like 50%.',
  });
  continueMode = Option.String('--continue', {
    tolerateBoolean: true,
    description: 'After a failure: never, dependencies-successful or always.',
  });
  dry = Option.String('--dry,--dry-run', {
    tolerateBoolean: true,
    description: 'Say what would happen; =json for programs.',
  });
  graph = Option.String('--graph', { tolerateBoolean: true, description: 'Print the task graph: dot, mermaid, json.' });
  verify = Option.String('--verify', {
    tolerateBoolean: true,
    description: 'full: execute each task twice, in scratch copies, and say which files differ and where.',
  });
  summarize = Option.Boolean('--summarize', false, { description: 'Write the run as JSON below .velocity/runs.' });
  outputLogs = Option.String('--output-logs', { description: 'full, hash-only, new-only, errors-only or none.' });
  logOrder = Option.String('--log-order', { description: 'auto, stream or grouped.' });
  logPrefix = Option.String('--log-prefix', { description: 'auto, task or none.' });
  json = Option.Boolean('--json', false, { description: 'One JSON object a line for everything that happens.' });
  envMode = Option.String('--env-mode', {
    description: 'strict (default): tasks see declared variables only; loose: all.',
  });
  quiet = Option.Boolean('--quiet', false, { description: 'No header and no summary.' });
  verbose = Option.Boolean('-v,--verbose', false, { description: 'Say the command of each task that runs, too.' });

  override async execute(): Promise<number> {
    const { runRun } = await import('../actions/run-action.js');
    const { PlannedRun } = await import('../snapshot/planned-run.js');
    const { withDisk } = await import('@velocity/workspace');
    const source = PlannedRun.open(this.context.commandLine, this.context, (views) =>
      withDisk(views.plan, () => this.inspectWorkspace()),
    );
    return runRun(source, this.context, {
      directory: this.directory,
      tasks: this.tasks,
      filters: [...(this.filter ?? []), ...(this.packages ?? [])],
      args: this.context.passedArgs,
      isOnly: this.only,
      isForced: this.force,
      isRemoteRequired: this.requireRemote,
      isSummaryWanted: this.summarize,
      isJson: this.json,
      isQuiet: this.quiet,
      isVerbose: this.verbose,
      concurrency: this.concurrency,
      continueMode: this.continueMode,
      dry: this.dry,
      graph: this.graph,
      verify: this.verify,
      outputLogs: this.outputLogs,
      logOrder: this.logOrder,
      logPrefix: this.logPrefix,
      envMode: this.envMode,
      upload: this.upload,
      stores: {
        cache: this.cache,
        isCacheOff: this.noCache,
        remoteUrl: this.remoteUrl,
        isRemoteReadOnly: this.remoteReadOnly,
        isRemoteOff: this.noRemote,
        cacheDir: this.cacheDir,
      },
    });
  }
}
