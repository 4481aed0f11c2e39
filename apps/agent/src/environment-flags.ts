/** Flags of `run` that the environment may set as `VELOCITY_<NAME>`; the command line wins. Those of the second list take no value. */
const VALUE_FLAGS = [
  'cache',
  'remote-cache-url',
  'cache-dir',
  'concurrency',
  'continue',
  'output-logs',
  'log-order',
  'log-prefix',
  'upload',
  'env-mode',
  'filter',
  'verify',
];
const SWITCHES = [
  'force',
  'only',
  'no-cache',
  'no-remote-cache',
  'remote-cache-readonly',
  'require-remote',
  'json',
  'quiet',
  'summarize',
];

/** Those of other commands: they look at the same stores. */
const SHARED_FLAGS: Readonly<Record<string, readonly string[]>> = {
  cache: ['cache-dir'],
  remote: ['remote-cache-url'],
};

/** The arguments with what the environment adds. */
export function withEnvironmentFlags(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): string[] {
  const isRun = args[0] === 'run';
  const valueFlags = isRun ? VALUE_FLAGS : (SHARED_FLAGS[args[0] ?? ''] ?? []);
  const isGiven = (flag: string): boolean => args.some((arg) => arg === `--${flag}` || arg.startsWith(`--${flag}=`));
  const valueOf = (flag: string): string | undefined => env[`VELOCITY_${flag.replaceAll('-', '_').toUpperCase()}`];
  const added: string[] = [];
  for (const flag of valueFlags) {
    const value = valueOf(flag);
    if (value !== undefined && value !== '' && !isGiven(flag)) added.push(`--${flag}=${value}`);
  }
  for (const flag of isRun ? SWITCHES : []) {
    const value = valueOf(flag);
    if ((value === '1' || value === 'true') && !isGiven(flag)) added.push(`--${flag}`);
  }
  return [...args, ...added];
}
