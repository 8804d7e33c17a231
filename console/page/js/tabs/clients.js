// Clients: the keys of those who may call, for whoever may change them: the local stack's own page, and operators' keys.

import { html, useEffect, useState } from "../../vendor/preact.js";
import { call, desk } from "../api.js";
import { useCalling } from "../calling.js";
import { t } from "../i18n.js";
import { Dialog } from "../parts/dialog.js";
import { Icon } from "../parts/icons.js";
import { Busy, Failure, Hint } from "../parts/notice.js";
import { caller, isLocal, may } from "../session.js";
import { useValue } from "../store.js";

const READS = [
  "CompareFaces", "DetectFace", "DetectFaceAttributes", "ImageSyncScan", "ImageAsyncScanResults", "SearchPerson",
  "GetGroups", "GetPersons", "GetPerson", "GetFaces",
];
const RIGHTS = { all: ["*"], read: READS, compare: ["CompareFaces", "DetectFace"] };
const GRACE = 24; // hours for which a rotated secret still works

export function Clients({ shown }) {
  const told = useValue(caller);
  if (isLocal && !told?.typed) return html`<${Keyring} shown=${shown} own=${told?.keyId} ask=${askStack} />`;
  if (told && may("ManageClients")) return html`<${Keyring} key=${told.keyId} shown=${shown} own=${told.keyId} ask=${askApi} />`;
  return html`<${Elsewhere} />`;
}

const askStack = (body) => desk("clients", body);
const askApi = (body) => call("ManageClients", body);

function Elsewhere() {
  return html`<${Hint} icon="clients" title=${t("clients.elsewhere")}><p>${t("clients.elsewhere.text")}</p>
    <pre class="commands" tabindex="0" aria-label=${t("clients.commands")}>visage client create NAME --allow CompareFaces,DetectFace
visage client list
visage client rotate ID --grace 24
visage client disable ID</pre><//>`;
}

function Keyring({ shown, own, ask }) {
  const [listed, list] = useCalling();
  const [changing, change] = useCalling();
  const [made, setMade] = useState(null);
  const [creating, setCreating] = useState(false);
  const [limiting, setLimiting] = useState(null);
  const reload = () => list(() => ask({ operation: "list" }));
  useEffect(() => void (shown && reload()), [shown]);
  const alter = async (operation, body) => {
    const answer = await change(() => ask({ operation, ...body }));
    if (!answer) return;
    if (answer.client.secret) setMade(answer.client);
    setCreating(false);
    setLimiting(null);
    reload();
  };
  return html`<div class="buttons-inline end">
      <button class="button button-main" onClick=${() => setCreating(true)}><${Icon} name="plus" /> ${t("clients.create")}</button></div>
    <${Failure} error=${listed.error ?? (creating ? null : changing.error)} onRetry=${reload} />
    ${listed.busy && !listed.data && html`<${Busy} />`}
    ${listed.data && html`<ul class="clients" aria-label=${t("tab.clients")}>${listed.data.clients.map((client) => html`
      <${Entry} key=${client.clientId} client=${client} own=${own} onLimit=${() => setLimiting(client)} onAlter=${alter} />`)}</ul>`}
    ${creating && html`<${Create} busy=${changing.busy} error=${changing.error} onCreate=${(body) => alter("create", body)} onClose=${() => setCreating(false)} />`}
    ${limiting && html`<${Limit} client=${limiting} busy=${changing.busy} error=${changing.error} onLimit=${(body) => alter("limit", body)} onClose=${() => setLimiting(null)} />`}
    ${made && html`<${Secret} client=${made} onClose=${() => setMade(null)} />`}`;
}

function Entry({ client, own, onLimit, onAlter }) {
  const { clientId, name, library, active } = client;
  const about = [rights(client.allow), limits(client), library !== clientId && t("clients.of", { library })].filter(Boolean);
  const untouched = clientId === own ? t("clients.own") : isOperator(client) ? t("clients.operator") : "";
  return html`<li>
    <div class="client-who"><h2>${name} ${!active && html`<span class="tag">${t("clients.disabled")}</span>`}</h2>
      <code>${clientId}</code><p class="small">${about.join(" · ")}</p></div>
    ${untouched ? html`<span class="small">${untouched}</span>` : active && html`<div class="buttons-inline">
      <button class="button button-quiet" aria-label=${t("clients.limitOne", { name })} onClick=${onLimit}>${t("clients.limit")}</button>
      <button class="button button-quiet" aria-label=${t("clients.rotateOne", { name })}
        onClick=${() => onAlter("rotate", { clientId, hours: GRACE })}>${t("clients.rotate")}</button>
      <button class="button button-quiet" aria-label=${t("clients.disableOne", { name })}
        onClick=${() => onAlter("disable", { clientId })}>${t("clients.disable")}</button>
    </div>`}
  </li>`;
}

function Create({ busy, error, onCreate, onClose }) {
  const enter = (event) => {
    event.preventDefault();
    const { name, rights: kind, library, rate, daily } = Object.fromEntries(new FormData(event.target));
    onCreate({ name, allow: RIGHTS[kind], library: library.trim(), ...numbers({ rate, daily }) });
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
    onLimit({ clientId: client.clientId, ...numbers(Object.fromEntries(new FormData(event.target))) });
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

/** Limits as they were typed; null, which is the deployment's, for nothing. */
function numbers({ rate, daily }) {
  const [r, d] = [rate, daily].map((text) => (text === "" ? null : Number(text)));
  return { rate: r, daily: d };
}

function limits({ rate, daily }) {
  const told = [rate > 0 && t("clients.perSecond", { n: rate }), daily > 0 && t("clients.perDay", { n: daily })].filter(Boolean);
  return told.join(", ") || (rate === 0 || daily === 0 ? t("clients.none") : t("clients.usual"));
}

function Secret({ client, onClose }) {
  return html`<${Dialog} title=${client.name} onClose=${onClose}>
    <p>${t("clients.once")}</p>
    <dl class="secret"><dt>AccessKeyId</dt><dd><code>${client.clientId}</code></dd><dt>AccessKeySecret</dt><dd><code>${client.secret}</code></dd></dl>
    <button class="button" onClick=${() => navigator.clipboard.writeText(`${client.clientId} ${client.secret}`)}><${Icon} name="copy" /> ${t("code.copy")}</button>
  <//>`;
}

function isOperator({ allow }) {
  return allow.includes("ManageClients");
}

function rights(allow) {
  const kind = Object.keys(RIGHTS).find((each) => RIGHTS[each].length === allow.length && RIGHTS[each].every((one) => allow.includes(one)));
  return kind ? t(`rights.${kind}`) : allow.join(", ");
}
