// A call as code to copy.

import { html, useState } from "../../vendor/preact.js";
import { t } from "../i18n.js";
import { Icon } from "./icons.js";

/** `samples`: {language's name: text}. */
export function Code({ samples }) {
  const names = Object.keys(samples);
  const [shown, show] = useState(names[0]);
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(samples[shown]);
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  };
  return html`<section class="code" aria-label=${t("code.title")}>
    <div class="code-bar">
      <div class="choice" role="group" aria-label=${t("code.language")}>
        ${names.map((name) => html`<button key=${name} aria-pressed=${name === shown} onClick=${() => show(name)}>${name}</button>`)}
      </div>
      <button class="button button-quiet" onClick=${copy}>
        <${Icon} name=${copied ? "check" : "copy"} /> <span role="status">${copied ? t("code.copied") : t("code.copy")}</span>
      </button>
    </div>
    <pre tabindex="0" aria-label=${shown}><code>${samples[shown]}</code></pre>
  </section>`;
}
