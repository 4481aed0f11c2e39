export function title(text) {
  return text.replace(/\b\w/g, (letter) => letter.toUpperCase());
}
