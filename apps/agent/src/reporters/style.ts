/** ANSI colours for terminals that have them; without, text stays as it is. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
  /** One of a few colours, the same for the same name. */
  readonly ofName: (name: string) => (text: string) => string;
}

const NAME_COLORS = [36, 35, 34, 32, 33, 96, 95, 94];

export function createStyle(hasColor: boolean): Style {
  const paint =
    (code: number, end = 39) =>
    (text: string): string =>
      hasColor ? `\u001b[${code}m${text}\u001b[${end}m` : text;
  return {
    bold: paint(1, 22),
    dim: paint(2, 22),
    red: paint(31),
    green: paint(32),
    yellow: paint(33),
    cyan: paint(36),
    ofName: (name) => {
      let sum = 0;
      for (const character of name) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
      return paint(NAME_COLORS[sum % NAME_COLORS.length] ?? 36);
    },
  };
}
