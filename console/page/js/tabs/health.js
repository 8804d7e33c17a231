// Health: what the stack holds, what waits, and how long this page's own calls take.

import { html, useEffect } from "../../vendor/preact.js";
import { calls, desk } from "../api.js";
import { useCalling } from "../calling.js";
import { format, formatTime, t } from "../i18n.js";
import { Icon } from "../parts/icons.js";
import { Busy, Failure, Hint } from "../parts/notice.js";
import { Table } from "../parts/table.js";
import { caller, isLocal } from "../session.js";
import { useValue } from "../store.js";

const REFRESH = 5000; // milliseconds

export function Health({ shown }) {
  const told = useValue(caller);
  const here = isLocal && !told?.typed;
  return html`${here
      ? html`<${Local} shown=${shown} />`
      : html`<${Hint} icon="health" title=${t("health.elsewhere")}><pre class="commands" tabindex="0" aria-label=${t("clients.commands")}>visage status</pre><//>`}
    <${Calls} />`;
}

function Local({ shown }) {
  const [state, run] = useCalling();
  useEffect(() => {
    if (!shown) return undefined;
    const look = () => run(() => desk("health"));
    look();
    const timer = setInterval(look, REFRESH);
    return () => clearInterval(timer);
  }, [shown]);
  const told = state.data;
  if (!told) return state.error ? html`<${Failure} error=${state.error} />` : html`<${Busy} />`;
  const given = Object.values(told.letters).reduce((sum, each) => sum + each, 0);
  const waits = Object.values(told.queues).reduce((sum, each) => sum + each, 0);
  return html`<p class=${given ? "tag tag-bad" : "tag tag-good"}><${Icon} name=${given ? "alert" : "check"} size="18" />
      ${given ? t("health.given", { count: given }) : waits ? t("health.busy", { count: waits }) : t("health.well")}</p>
    <dl class="figures">
      ${["persons", "faces", "groups", "tasks"].map((name) => html`<div key=${name}><dt>${t(`health.${name}`)}</dt><dd>${format(told[name])}</dd></div>`)}
      <div><dt>${t("health.since")}</dt><dd>${duration(told.seconds)}</dd></div>
    </dl>
    <${Table} label=${t("health.queues")} seen heads=${[t("health.queue"), t("health.messages")]}>${Object.entries({ ...told.queues, ...told.letters }).map(([name, count]) => html`<tr key=${name}><td>${name}</td><td>${format(count)}</td></tr>`)}<//>
    <${Table} label=${t("health.buckets")} seen heads=${[t("health.bucket"), t("health.files"), t("health.bytes")]}>${Object.entries(told.buckets).map(([name, { files, bytes }]) => html`<tr key=${name}><td>${t(`bucket.${name}`)}</td><td>${format(files)}</td>
        <td>${format(bytes / 1024, { maximumFractionDigits: 0 })}</td></tr>`)}<//>`;
}

function Calls() {
  const recent = useValue(calls);
  if (!recent.length) return null;
  return html`<${Table} label=${t("health.calls")} seen heads=${[t("health.operation"), t("health.when"), t("health.took"), t("result")]}>${recent.map(({ key, action, at, milliseconds, status }) => html`<tr key=${key}><td>${action}</td><td class="small">${formatTime(at)}</td>
      <td>${format(milliseconds, { maximumFractionDigits: 0 })} ms</td><td>${status === 200 ? "OK" : status || "–"}</td></tr>`)}<//>`;
}

function duration(seconds) {
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? t("health.minutes", { count: minutes }) : t("health.hours", { count: Math.floor(minutes / 60) });
}
