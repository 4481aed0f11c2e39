const SAMPLES = 16;
const SAMPLE_BYTES = 4096;
/** Less is compressed whatever it is. */
const MIN_BYTES = SAMPLES * SAMPLE_BYTES;
/** Bits a byte. Random bytes have 7.997 in a sample of 64 KiB, those of JPEG, zip and zstd files above 7.95, text and machine code below 7. */
const MIN_ENTROPY = 7.95;
/** Of 16,384 words of four bytes, of which hardly one comes up twice in random bytes. */
const MAX_REPEATED_SHARE = 0.02;
const TABLE_SIZE = 65_536;

/**
 * Whether compressing would be in vain: bytes that are all about as frequent (Shannon's entropy), and hardly any word that comes up twice,
 * in samples from all over. To compress 100 MB of such takes WebAssembly 1.2 s, to look 1 ms.
 */
export function looksIncompressible(data: Uint8Array): boolean {
  if (data.byteLength < MIN_BYTES) return false;
  const counts = new Uint32Array(256);
  const words = new Uint32Array(TABLE_SIZE);
  let repeated = 0;
  const step = Math.floor((data.byteLength - SAMPLE_BYTES) / (SAMPLES - 1));
  for (let sample = 0; sample < SAMPLES; sample++) {
    const start = sample * step;
    for (let at = start; at < start + SAMPLE_BYTES; at += 4) {
      let word = 0;
      for (let offset = 0; offset < 4; offset++) {
        const byte = data[at + offset] ?? 0;
        counts[byte] = (counts[byte] ?? 0) + 1;
        word = ((word << 8) | byte) >>> 0;
      }
      const place = Math.imul(word, 0x9e3779b1) >>> 16;
      if (words[place] === word) repeated += 1;
      words[place] = word;
    }
  }
  const total = SAMPLES * SAMPLE_BYTES;
  return entropyOf(counts, total) >= MIN_ENTROPY && repeated <= (total / 4) * MAX_REPEATED_SHARE;
}

function entropyOf(counts: Uint32Array, total: number): number {
  let bits = 0;
  for (const count of counts) if (count > 0) bits -= (count / total) * Math.log2(count / total);
  return bits;
}
