// A table that scrolls by itself where it is wider than the window.

import { html } from "../../vendor/preact.js";

/** `label` says what it lists; `seen` whether it stands above it as well; `heads` are the columns' titles. */
export function Table({ label, seen, heads, children }) {
  return html`<div class="table" role="region" tabindex="0" aria-label=${label}><table>
    ${seen && html`<caption>${label}</caption>`}
    <thead><tr>${heads.filter(Boolean).map((head) => html`<th scope="col" key=${head}>${head}</th>`)}</tr></thead>
    <tbody>${children}</tbody>
  </table></div>`;
}
