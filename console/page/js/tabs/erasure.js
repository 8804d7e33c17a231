// The proof that a deleted person is gone: what lies in each store.

import { html, useEffect } from "../../vendor/preact.js";
import { desk } from "../api.js";
import { useCalling } from "../calling.js";
import { format, t } from "../i18n.js";
import { Icon } from "../parts/icons.js";
import { Busy, Failure } from "../parts/notice.js";
import { Table } from "../parts/table.js";
import { caller, isLocal } from "../session.js";

export function Erasure({ personId }) {
  const [state, run] = useCalling();
  const look = () => run(() => desk("erasure", { personId }));
  const here = isLocal && !caller.get()?.typed;
  useEffect(() => void (here && look()), []);
  if (!here) return html`<p>${t("erasure.gone")}</p><p class="small">${t("erasure.command")}</p><pre>visage verify-erasure ${personId}</pre>`;
  const proof = state.data;
  return html`<div class="erasure" aria-live="polite">
    ${state.busy && html`<${Busy} text=${t("erasure.busy")} />`}
    <${Failure} error=${state.error} onRetry=${look} />
    ${proof && html`<p class=${proof.remnants ? "tag tag-bad" : "tag tag-good"}>
        <${Icon} name=${proof.remnants ? "alert" : "check"} size="18" />
        ${proof.remnants ? t("erasure.left", { count: proof.remnants }) : t("erasure.nothing")}</p>
      <${Table} label=${t("erasure.proof")} heads=${[t("erasure.store"), t("erasure.looked"), t("erasure.found")]}>${proof.stores.map(({ name, checked, found, about }) => html`<tr key=${name}>
          <th scope="row">${t(`store.${name}`)}</th><td>${checked}</td><td>${format(found)} <span class="small">${about}</span></td></tr>`)}<//>
      ${[...proof.kept.map((each) => [t("erasure.kept"), each]), ...proof.unchecked.map((each) => [t("erasure.unseen"), each])].map(
        ([title, text]) => html`<p class="small" key=${text}>${title}: ${text}</p>`)}`}
  </div>`;
}
