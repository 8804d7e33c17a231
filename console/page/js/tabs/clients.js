// Clients: the keys of those who may call. The local stack's only; of a deployment by the command line.

import { html, useEffect, useState } from "../../vendor/preact.js";
import { desk } from "../api.js";
import { useCalling } from "../calling.js";
import { t } from "../i18n.js";
import { Dialog } from "../parts/dialog.js";
import { Icon } from "../parts/icons.js";
import { Busy, Failure, Hint } from "../parts/notice.js";
import { Table } from "../parts/table.js";
import { caller, isLocal } from "../session.js";
import { useValue } from "../store.js";

const READS = [
  "CompareFaces", "DetectFace", "DetectFaceAttributes", "ImageSyncScan", "ImageAsyncScanResults", "SearchPerson",
  "GetGroups", "GetPersons", "GetPerson", "GetFaces",
];
const RIGHTS = { all: ["*"], read: READS, compare: ["CompareFaces", "DetectFace"] };
const GRACE = 24; // hours for which a rotated secret still works

export function Clients({ shown }) {
  const told = useValue(caller);
  const here = isLocal && !told?.typed;
  return here ? html`<${Local} shown=${shown} own=${told?.keyId} />` : html`<${Elsewhere} />`;
}

function Elsewhere() {
  return html`<${Hint} icon="clients" title=${t("clients.elsewhere")}><p>${t("clients.elsewhere.text")}</p>
    <pre class="commands" tabindex="0" aria-label=${t("clients.commands")}>visage client create NAME --allow CompareFaces,DetectFace
visage client list
visage client rotate ID --grace 24
visage client disable ID</pre><//>`;
}

function Local({ shown, own }) {
  const [listed, list] = useCalling();
  const [changing, change] = useCalling();
  const [made, setMade] = useState(null);
  const [creating, setCreating] = useState(false);
  const [limiting, setLimiting] = useState(null);
  const reload = () => list(() => desk("clients"));
  useEffect(() => void (shown && reload()), [shown]);
  const alter = async (name, body) => {
    const answer = await change(() => desk(name, body));
    if (!answer) return;
    if (answer.secret) setMade(answer);
    setCreating(false);
    setLimiting(null);
    reload();
  };
  return html`<div class="buttons-inline end">
      <button class="button button-main" onClick=${() => setCreating(true)}><${Icon} name="plus" /> ${t("clients.create")}</button></div>
    <${Failure} error=${listed.error ?? (creating ? null : changing.error)} onRetry=${reload} />
    ${listed.busy && !listed.data && html`<${Busy} />`}
    ${listed.data && html`<${Table} label=${t("tab.clients")}
      heads=${["name", "id", "library", "rights", "limits", "state", "actions"].map((each) => t(`clients.${each}`))}>${listed.data.map((client) => html`<tr key=${client.id}>
        <td><b>${client.name}</b></td><td><code>${client.id}</code></td><td class="small">${client.library}</td><td>${rights(client.allow)}</td>
        <td class="small">${limits(client)}</td>
        <td><span class=${client.active ? "tag tag-good" : "tag"}>${t(client.active ? "clients.active" : "clients.disabled")}</span></td>
        <td>${client.id === own ? html`<span class="small">${t("clients.own")}</span>` : html`<div class="buttons-inline">
          <button class="button button-quiet" disabled=${!client.active} aria-label=${t("clients.limitOne", { name: client.name })}
            onClick=${() => setLimiting(client)}>${t("clients.limit")}</button>
          <button class="button button-quiet" disabled=${!client.active} aria-label=${t("clients.rotateOne", { name: client.name })}
            onClick=${() => alter("rotate", { id: client.id, hours: GRACE })}>${t("clients.rotate")}</button>
          <button class="button button-quiet" disabled=${!client.active} aria-label=${t("clients.disableOne", { name: client.name })}
            onClick=${() => alter("disable", { id: client.id })}>${t("clients.disable")}</button>
        </div>`}</td></tr>`)}<//>`}
    ${creating && html`<${Create} busy=${changing.busy} error=${changing.error} onCreate=${(body) => alter("create", body)} onClose=${() => setCreating(false)} />`}
    ${limiting && html`<${Limit} client=${limiting} busy=${changing.busy} error=${changing.error} onLimit=${(body) => alter("limit", body)} onClose=${() => setLimiting(null)} />`}
    ${made && html`<${Secret} client=${made} onClose=${() => setMade(null)} />`}`;
}

function Create({ busy, error, onCreate, onClose }) {
  const enter = (event) => {
    event.preventDefault();
    const { name, rights: kind, library, rate, daily } = Object.fromEntries(new FormData(event.target));
    onCreate({ name, allow: RIGHTS[kind], library: library.trim(), rate, daily });
  };
  return html`<${Dialog} title=${t("clients.create")} onClose=${onClose}>
    <form class="keys" onSubmit=${enter}>
      <label>${t("clients.name")} <input name="name" required maxlength="64" /></label>
      <label>${t("clients.rights")} <select name="rights">
        ${Object.keys(RIGHTS).map((kind) => html`<option key=${kind} value=${kind}>${t(`rights.${kind}`)}</option>`)}</select></label>
      <label>${t("clients.library")} <span class="small">${t("clients.library.own")}</span> <input name="library" maxlength="64" /></label>
      <${LimitFields} />
      <button class="button button-main" disabled=${busy}>${t("clients.create")}</button>
      <${Failure} error=${error} />
    </form>
  <//>`;
}

function Limit({ client, busy, error, onLimit, onClose }) {
  const enter = (event) => {
    event.preventDefault();
    onLimit({ id: client.id, ...Object.fromEntries(new FormData(event.target)) });
  };
  return html`<${Dialog} title=${t("clients.limitOne", { name: client.name })} onClose=${onClose}>
    <form class="keys" onSubmit=${enter}>
      <${LimitFields} rate=${client.rate} daily=${client.daily} />
      <button class="button button-main" disabled=${busy}>${t("save")}</button>
      <${Failure} error=${error} />
    </form>
  <//>`;
}

function LimitFields({ rate, daily }) {
  return html`<label>${t("clients.rate")} <input name="rate" type="number" min="0" step="any" defaultValue=${rate} /></label>
    <label>${t("clients.daily")} <input name="daily" type="number" min="0" step="1" defaultValue=${daily} /></label>
    <p class="small">${t("clients.limits.rule")}</p>`;
}

function limits({ rate, daily }) {
  const told = [rate > 0 && t("clients.perSecond", { n: rate }), daily > 0 && t("clients.perDay", { n: daily })].filter(Boolean);
  return told.join(", ") || (rate === 0 || daily === 0 ? t("clients.none") : t("clients.usual"));
}

function Secret({ client, onClose }) {
  return html`<${Dialog} title=${client.name} onClose=${onClose}>
    <p>${t("clients.once")}</p>
    <dl class="secret"><dt>AccessKeyId</dt><dd><code>${client.id}</code></dd><dt>AccessKeySecret</dt><dd><code>${client.secret}</code></dd></dl>
    <button class="button" onClick=${() => navigator.clipboard.writeText(`${client.id} ${client.secret}`)}><${Icon} name="copy" /> ${t("code.copy")}</button>
  <//>`;
}

function rights(allow) {
  const kind = Object.keys(RIGHTS).find((each) => RIGHTS[each].length === allow.length && RIGHTS[each].every((one) => allow.includes(one)));
  return kind ? t(`rights.${kind}`) : allow.join(", ");
}
