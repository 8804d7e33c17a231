// The score on its scale, with the thresholds marked.

import { html } from "../../vendor/preact.js";
import { format, t } from "../i18n.js";
import { rarity } from "../score.js";

/** `score` 0 to 100; `thresholds` as `thresholdsOf` has them. */
export function Scale({ score, thresholds }) {
  return html`<div class="scale">
    <div class="scale-track" aria-hidden="true">
      <i class="scale-fill" style=${{ width: `${score}%` }}></i>
      ${thresholds.map(({ score: at, oneIn }) => html`<span class="scale-tick" style=${{ left: `${at}%` }} key=${oneIn}></span>`)}
      <b class="scale-mark" style=${{ left: `${score}%` }}></b>
    </div>
    <ol class="scale-labels">
      ${thresholds.map(({ score: at, oneIn }) => html`<li key=${oneIn} style=${{ left: `${at}%` }}
        class=${score >= at ? "passed" : ""}>
        <b>${format(at, { maximumFractionDigits: 1 })}</b> <span>${t("score.oneIn", { n: oneIn })}</span>
      </li>`)}
    </ol>
  </div>`;
}

/** One sentence that says what the score means. */
export function scoreSentence(score) {
  const { oneIn, bound } = rarity(score);
  return t(bound === "more" ? "score.rarer" : bound === "less" ? "score.common" : "score.means", { n: oneIn });
}
