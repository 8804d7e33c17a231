// Bars that show a share of a whole.

import { html } from "../../vendor/preact.js";
import { format } from "../i18n.js";

/** A labelled bar: `share` is 0 to 1, `value` what is written beside it. */
export function Meter({ label, value, share, good = true }) {
  const percent = Math.round(100 * share);
  return html`<div class="meter-row">
    <dt>${label}</dt>
    <dd>
      <span class="meter-value">${value}</span>
      <span class=${good ? "meter" : "meter meter-bad"} aria-hidden="true"><i style=${{ width: `${percent}%` }}></i></span>
      <span class="meter-share">${format(share, { style: "percent" })}</span>
    </dd>
  </div>`;
}
