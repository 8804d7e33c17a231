// What a score says: how often two different people look as alike.

const MOST = 1e5; // beyond it nothing was measured

/** {"0.01": 70, …}: the thresholds of an answer, by rate, from the object or the text that it has. */
export function thresholdsOf(given) {
  const read = typeof given === "string" ? JSON.parse(given) : given;
  return Object.entries(read)
    .map(([rate, score]) => ({ rate: Number(rate), score: Number(score), oneIn: Math.round(1 / Number(rate)) }))
    .sort((a, b) => a.score - b.score);
}

/**
 * Of how many pairs of different people one is as alike as this score: {oneIn, bound}, by the thresholds that came with
 * it, between which the rate's logarithm is taken as straight. `bound` is "more" where the answer is beyond what can be
 * said ("fewer than one in"), "less" where more than every second pair is, else "".
 */
export function rarity(score, thresholds) {
  const points = thresholds.map((each) => [each.score, Math.log10(each.oneIn)]);
  let pair = points.findIndex(([at]) => score < at) - 1;
  if (pair < 0) pair = score < points[0][0] ? 0 : points.length - 2;
  const [[x0, y0], [x1, y1]] = [points[pair], points[pair + 1]];
  const oneIn = 10 ** (y0 + ((score - x0) * (y1 - y0)) / Math.max(x1 - x0, 1e-6));
  if (oneIn >= MOST) return { oneIn: MOST, bound: "more" };
  if (oneIn < 2) return { oneIn: 2, bound: "less" };
  return { oneIn: rounded(oneIn), bound: "" };
}

/** Two significant digits. */
function rounded(value) {
  const step = 10 ** Math.max(Math.floor(Math.log10(value)) - 1, 0);
  return Math.round(value / step) * step;
}
