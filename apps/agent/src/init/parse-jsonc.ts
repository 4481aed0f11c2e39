/** JSON with comments and trailing commas, as turbo.json and nx.json may hold. @throws SyntaxError */
export function parseJsonc(text: string): unknown {
  const bare = text.replace(/"(?:[^"\\\n]|\\.)*"|\/\/[^\n\r]*|\/\*[\s\S]*?\*\//g, (piece) =>
    // As many characters and lines as before, so that the parser's positions stay true.
    piece.startsWith('"') ? piece : piece.replace(/[^\n\r]/g, ' '),
  );
  const strict = bare.replace(/"(?:[^"\\\n]|\\.)*"|,(?=\s*[}\]])/g, (piece) => (piece === ',' ? ' ' : piece));
  return JSON.parse(strict);
}
