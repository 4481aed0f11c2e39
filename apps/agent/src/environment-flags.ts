/** Flags that the environment may set as `VELOCITY_<NAME>`; the command line wins. Those of the second list take no value. */
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

/** The arguments of a `run` with what the environment adds. Other commands take no flags from it. */
export function withEnvironmentFlags(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): string[] {
  if (args[0] !== 'run') return [...args];
  const isGiven = (flag: string): boolean => args.some((arg) => arg === `--${flag}` || arg.startsWith(`--${flag}=`));
  const valueOf = (flag: string): string | undefined => env[`VELOCITY_${flag.replaceAll('-', '_').toUpperCase()}`];
  const added: string[] = [];
  for (const flag of VALUE_FLAGS) {
    const value = valueOf(flag);
    if (value !== undefined && value !== '' && !isGiven(flag)) added.push(`--${flag}=${value}`);
  }
  for (const flag of SWITCHES) {
    const value = valueOf(flag);
    if ((value === '1' || value === 'true') && !isGiven(flag)) added.push(`--${flag}`);
  }
  return [...args, ...added];
}
