/** Variables by name; an empty one counts as absent, since `VC_AUTH_TOKEN=${TOKEN}` of compose files makes those. */
export type Environment = Readonly<Record<string, string>>;

/** The only reader of `process.env`. */
export function readEnvironment(): Environment {
  const set = Object.entries(process.env).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return Object.fromEntries(set);
}
