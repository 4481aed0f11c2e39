import { compareCodeUnits } from '@velocity/core';

/**
 * The candidates a person may have meant by `word`, the nearest first. A scope counts for nothing (`ui` finds
 * `@acme/ui`), and neither does case; about a third of the characters may be wrong.
 */
export function nearMisses(word: string, candidates: Iterable<string>, limit = 3): readonly string[] {
  const wanted = word.toLowerCase();
  const allowed = wanted.length < 4 ? 1 : Math.max(2, Math.floor(wanted.length / 3));
  const scored: { readonly name: string; readonly score: number }[] = [];
  for (const name of new Set(candidates)) {
    const known = name.toLowerCase();
    const distance = Math.min(
      editDistance(wanted, known, allowed),
      editDistance(withoutScope(wanted), withoutScope(known), allowed),
    );
    if (distance <= allowed) scored.push({ name, score: distance });
    else if (wanted.length > 2 && known.includes(wanted)) scored.push({ name, score: allowed + 1 });
  }
  scored.sort((a, b) => a.score - b.score || compareCodeUnits(a.name, b.name));
  return scored.slice(0, limit).map(({ name }) => name);
}

function withoutScope(name: string): string {
  return name.startsWith('@') ? name.slice(name.indexOf('/') + 1) : name;
}

/** Levenshtein's distance; anything above `allowed` may come back as infinity. */
function editDistance(a: string, b: string, allowed: number): number {
  if (Math.abs(a.length - b.length) > allowed) return Infinity;
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = (previous[column - 1] as number) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] as number) + 1, (current[column - 1] as number) + 1));
    }
    previous = current;
  }
  return previous[b.length] as number;
}
