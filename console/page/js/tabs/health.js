// Health: what the stack holds, what waits, and how long this page's own calls take.

import { html, useEffect } from "../../vendor/preact.js";
import { calls, desk } from "../api.js";
import { useCalling } from "../calling.js";
import { format, formatTime, has, t } from "../i18n.js";
import { Icon } from "../parts/icons.js";
import { Busy, Failure, Hint } from "../parts/notice.js";
import { Table } from "../parts/table.js";
import { caller, isLocal } from "../session.js";
import { useValue } from "../store.js";

const REFRESH = 15_000; // milliseconds from an answer to the next question

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
    let left = false;
    let timer;
    const look = async () => {
      await run(() => desk("health"));
      if (!left) timer = setTimeout(look, REFRESH);
    };
    look();
    return () => {
      left = true;
      clearTimeout(timer);
    };
  }, [shown]);
  const told = state.data;
  if (!told) return state.error ? html`<${Failure} error=${state.error} />` : html`<${Busy} />`;
  const libraries = Object.entries(told.libraries);
  const sum = (name) => libraries.reduce((total, [, each]) => total + each[name], 0);
  const { "last packed": packed, ...waiting } = told.waiting;
  const queues = { waiting, "given up": told["given up"] };
  const waits = Object.values(waiting).reduce((total, each) => total + each, 0);
  const figures = { persons: sum("persons"), groups: sum("groups"), clients: told.deployment.clients, waiting: waits };
  return html`<p class=${told.amiss.length ? "tag tag-bad" : "tag tag-good"}><${Icon} name=${told.amiss.length ? "alert" : "check"} size="18" />
      ${told.amiss.length ? told.amiss.map(named).join(", ") : waits ? t("health.busy", { count: waits }) : t("health.well")}</p>
    <dl class="figures">
      ${Object.entries(figures).map(([name, value]) => html`<div key=${name}><dt>${t(`health.${name}`)}</dt><dd>${format(value)}</dd></div>`)}
      <div><dt>${t("health.since")}</dt><dd>${duration(told.seconds)}</dd></div>
      ${packed && html`<div><dt>${named("last packed")}</dt><dd>${formatTime(new Date(packed))}</dd></div>`}
    </dl>
    <div class="queues">${Object.entries(queues).map(([about, counts]) => html`<${Table} key=${about} label=${named(about)} seen heads=${[t("health.what"), t("health.count")]}>
      ${Object.entries(counts).map(([name, count]) => html`<tr key=${name}><td>${named(name)}</td><td>${format(count)}</td></tr>`)}<//>`)}</div>
    ${libraries.length > 0 && html`<${Table} label=${t("health.libraries")} seen
      heads=${[t("clients.library"), t("health.persons"), t("health.groups"), t("health.packed"), t("health.models")]}>
      ${libraries.map(([name, each]) => html`<tr key=${name}><td><code>${name}</code></td><td>${format(each.persons)}</td><td>${format(each.groups)}</td>
        <td>${format(each["packed groups"])}</td><td class="small">${each.models ?? "–"}</td></tr>`)}<//>`}`;
}

/** What `visage status` calls something, in the page's language where it has a word for it. */
function named(name) {
  return has(`status.${name}`) ? t(`status.${name}`) : name;
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
