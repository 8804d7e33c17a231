// What went wrong, what it means and what to do; and how it looks while nothing is there or on its way.

import { html } from "../../vendor/preact.js";
import { meaningOf } from "../errors.js";
import { t } from "../i18n.js";
import { Icon } from "./icons.js";

/** An error of a call, by the catalogue; `onRetry` where the same may be tried again. */
export function Failure({ error, onRetry }) {
  if (!error) return null;
  const { meaning, remedy } = meaningOf(error);
  return html`<div class="notice notice-error" role="alert">
    <${Icon} name="alert" />
    <div>
      <p class="notice-title">${meaning}</p>
      ${remedy && html`<p>${remedy}</p>`}
      ${error.code && html`<p class="notice-code"><code>${error.code}</code>${
        error.message && error.message !== error.code && html` <span>${error.message}</span>`}</p>`}
      ${onRetry && html`<button class="button" onClick=${onRetry}>${t("retry")}</button>`}
    </div>
  </div>`;
}

export function Hint({ icon, title, children }) {
  return html`<div class="hint">
    ${icon && html`<${Icon} name=${icon} size="40" />`}
    ${title && html`<p class="hint-title">${title}</p>`}
    <div class="hint-text">${children}</div>
  </div>`;
}

/** Shown to eyes and told to screen readers while a call runs. */
export function Busy({ text }) {
  return html`<p class="busy" role="status"><span class="spinner" aria-hidden="true"></span>${text ?? t("working")}</p>`;
}
