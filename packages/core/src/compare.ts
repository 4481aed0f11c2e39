/** Orders strings by UTF-16 code unit: the same everywhere, whatever the locale. */
export function compareCodeUnits(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
