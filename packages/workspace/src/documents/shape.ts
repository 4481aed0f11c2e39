/** A parsed table, of JSON, YAML or TOML: nothing is known of its values yet. */
export type Document = Readonly<Record<string, unknown>>;

export function asDocument(value: unknown): Document | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Document) : undefined;
}

/** The table under `keys`, or an empty one where there is none. */
export function tableAt(document: Document | undefined, ...keys: readonly string[]): Document {
  let table: Document | undefined = document;
  for (const key of keys) {
    table = table !== undefined && Object.hasOwn(table, key) ? asDocument(table[key]) : undefined;
  }
  return table ?? {};
}

export function asString(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The strings of a list; a single string counts as a list of one. */
export function stringsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** The entries of a table whose values are strings. */
export function stringEntries(value: unknown): [string, string][] {
  return Object.entries(asDocument(value) ?? {}).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
}

/** The tables of a list; a single table counts as a list of one. */
export function tablesOf(value: unknown): Document[] {
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  return items.map(asDocument).filter((item) => item !== undefined);
}
