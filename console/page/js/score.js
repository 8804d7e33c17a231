// What a score says: how often two different people look as alike.

const MOST = 1e6; // beyond it nobody has measured

/** {"0.01": 70, …}: the thresholds of an answer, by rate, from the object or the text that it has. */
export function thresholdsOf(given) {
  const read = typeof given === "string" ? JSON.parse(given) : given;
  return Object.entries(read)
    .map(([rate, score]) => ({ rate: Number(rate), score: Number(score), oneIn: Math.round(1 / Number(rate)) }))
    .sort((a, b) => a.score - b.score);
}

/**
 * Of how many pairs of different people one is as alike as this score: {oneIn, bound}. `bound` is "more" where that is
 * beyond what can be said ("fewer than one in"), "less" where more than every second pair is, else "".
 *
 * The scale is fixed: with d = -log10(rate), the score is 35 d up to 70, 50 + 10 d up to 90 and 100 - 10 / (d - 3) beyond.
 */
export function rarity(score) {
  const decades = score <= 70 ? score / 35 : score <= 90 ? (score - 50) / 10 : 3 + 10 / Math.max(100 - score, 1e-9);
  const oneIn = 10 ** Math.min(decades, 12);
  if (oneIn >= MOST) return { oneIn: MOST, bound: "more" };
  if (oneIn < 2) return { oneIn: 2, bound: "less" };
  return { oneIn: rounded(oneIn), bound: "" };
}

/** Two significant digits. */
function rounded(value) {
  const step = 10 ** Math.max(Math.floor(Math.log10(value)) - 1, 0);
  return Math.round(value / step) * step;
}
