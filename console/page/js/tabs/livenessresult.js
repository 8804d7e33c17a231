// What a session of interactive liveness came to, with the frames that show it.

import { html } from "../../vendor/preact.js";
import { currentLanguage, t } from "../i18n.js";
import { Icon } from "../parts/icons.js";

export function Session({ answer, frames }) {
  const { passed, details, actions, best, samePerson } = answer;
  return html`<div class="session">
    <p class=${passed ? "session-title passed" : "session-title"}><${Icon} name=${passed ? "check" : "close"} size="40" />
      ${t(passed ? "live.passed" : "live.failed")}</p>
    ${details.length > 0 && html`<ul class="findings">${details.map((each, index) => html`<${Finding} key=${index} finding=${each} frame=${frames[each.frame]} />`)}</ul>`}
    <ol class="proofs">
      ${best && html`<${Proof} frame=${frames[best.frame]} title=${t("live.best")} good=${best.recapture.suggestion === "pass"}
        text=${t("live.recapture", { rate: Math.round(best.recapture.rate) })} />`}
      ${actions.map(({ action, passed: seen, frame }) => html`<${Proof} key=${action} frame=${frames[frame]} title=${t(`action.${action}`)}
        good=${seen} text=${t(seen ? "live.seen" : "live.unseen")} />`)}
    </ol>
    <p class="small">${t("live.frames", { count: frames.length })} ${samePerson ? t("live.same") : ""}</p>
  </div>`;
}

/** What to do better, why, and by how much, with the first frame that shows it. */
function Finding({ finding, frame }) {
  const { reason, action, measured, limit, unit } = finding;
  const why = [action && `${t(`action.${action}`)}:`, t(`reason.${reason}`)].filter(Boolean).join(" ");
  return html`<li>
    ${frame && html`<img class="mini" src=${frame.url} alt="" />`}
    <div><b>${finding[currentLanguage()]}</b>
      <p class="small">${why} ${measured !== null && limit !== null && t("live.measured", { measured, limit, unit: t(`unit.${unit}`) })}</p></div>
  </li>`;
}

function Proof({ frame, title, good, text }) {
  return html`<li class=${good ? "proof" : "proof proof-bad"}>
    <span class="view thumb">${frame ? html`<img src=${frame.url} alt=${title} />` : html`<span class="thumb-none"><${Icon} name="faces" size="36" /></span>`}</span>
    <b><${Icon} name=${good ? "check" : "close"} size="18" /> ${title}</b>
    <span class="small">${text}</span>
  </li>`;
}
