// @ts-check

const WORDS = (
  'const let function return export import from async await class extends interface type string number boolean ' +
  'Promise Array Map Set value result index item node graph task cache hash remote local input output config package ' +
  'workspace resolve build compile render update create remove handler request response status error message token ' +
  'stream buffer encode decode parse format path file directory module default props state effect context reducer'
).split(' ');

/**
 * Text that looks like TypeScript and compresses like it: about four to one.
 * @param {() => number} random
 * @param {number} sizeBytes
 * @param {string} [header] its first line
 */
export function sourceText(random, sizeBytes, header = '') {
  const lines = [header];
  for (let length = header.length; length < sizeBytes;) {
    const line = sourceLine(random);
    lines.push(line);
    length += line.length;
  }
  return `${lines.join('').slice(0, sizeBytes - 1)}\n`;
}

/** @param {() => number} random */
function sourceLine(random) {
  const choice = random();
  const name = random().toString(36);
  const word = (/** @type {number} */ shift) => WORDS[(choice >>> shift) % WORDS.length];
  switch (choice % 5) {
    case 0:
      return `export function ${word(3)}_${name}(${word(7)}: ${word(11)}): ${word(5)} {\n`;
    case 1:
      return `  const ${word(4)}_${name} = ${word(9)}.${word(13)}(${word(2)}, ${choice % 1000});\n`;
    case 2:
      return `  if (${word(6)} === '${name}') return ${word(8)}; // ${word(10)} ${word(12)} ${word(14)}\n`;
    case 3:
      return `  await ${word(5)}.${word(9)}({ ${word(3)}: ${choice % 97}, ${word(7)}: '${name}' });\n`;
    default:
      return `}\n\n/** ${word(2)} ${word(4)} ${word(6)} ${word(8)} ${word(10)} ${word(12)} */\n`;
  }
}
