// One person: faces, name and note, groups, and the end with its proof.

import { html, useEffect, useRef, useState } from "../../vendor/preact.js";
import { call } from "../api.js";
import { useCalling } from "../calling.js";
import { t } from "../i18n.js";
import { Dialog } from "../parts/dialog.js";
import { Icon } from "../parts/icons.js";
import { Busy, Failure } from "../parts/notice.js";
import { Thumb } from "../parts/thumb.js";
import { addFace, person } from "../people.js";
import { openPicture } from "../pictures.js";
import { may } from "../session.js";
import { Erasure } from "./erasure.js";

/** `onClose(changed)`: changed says whether lists are to be read anew. */
export function Person({ id, group, groups, onClose }) {
  const [state, run] = useCalling();
  const [changing, change] = useCalling();
  const [changed, setChanged] = useState(false);
  const [gone, setGone] = useState(false);
  const load = () => run(() => person(id));
  useEffect(() => void load(), [id]);
  const alter = (work) => change(async () => {
    const told = await work();
    setChanged(true);
    await load();
    return told;
  });
  const erase = () => change(async () => {
    await call("DeletePerson", { personId: id });
    setChanged(true);
    setGone(true);
  });
  const shown = state.data;
  return html`<${Dialog} title=${shown?.name || id} onClose=${() => onClose(changed)}>
    ${gone
      ? html`<${Erasure} personId=${id} />`
      : html`${state.busy && !shown && html`<${Busy} />`}
        <${Failure} error=${state.error} onRetry=${load} />
        ${shown && html`<${FaceList} shown=${shown} alter=${alter} />
          <${Details} key=${`${shown.name}/${shown.note}`} shown=${shown} alter=${alter} />
          <${Groups} shown=${shown} group=${group} groups=${groups} alter=${alter} />
          ${may("DeletePerson") && html`<${Farewell} name=${shown.name || id} count=${shown.faceIds.length} onErase=${erase} />`}`}
        <div aria-live="polite">
          ${changing.busy && html`<${Busy} />`}
          <${Failure} error=${changing.error ?? changing.data?.error} />
          ${changing.data?.conflicts?.length > 0 && html`<p class="notice">${conflictText(changing.data.conflicts)}</p>`}
        </div>`}
  <//>`;
}

function FaceList({ shown, alter }) {
  const input = useRef(null);
  const add = (event) => {
    const [file] = event.target.files;
    event.target.value = "";
    if (file) alter(async () => addFace(shown.personId, (await openPicture(file)).blob));
  };
  const remove = (faceId) => alter(() => call("DeleteFaces", { personId: shown.personId, faceIds: [faceId] }));
  return html`<ul class="faces-kept" aria-label=${t("person.faces")}>
    ${shown.faces.map((face, index) => html`<li key=${face.faceId}>
      <${Thumb} personId=${shown.personId} faceId=${face.faceId} url=${face.url} label=${t("faces.face", { n: index + 1 })} />
      ${may("DeleteFaces") && html`<button class="icon-button" aria-label=${t("person.removeFace", { n: index + 1 })}
        onClick=${() => remove(face.faceId)}><${Icon} name="trash" size="18" /></button>`}
    </li>`)}
    ${may("AddFaces") && html`<li><button class="add-face" onClick=${() => input.current.click()}>
      <${Icon} name="plus" size="28" /> ${t("person.addFace")}</button>
      <input ref=${input} type="file" accept="image/*" hidden aria-label=${t("person.addFace")} onChange=${add} /></li>`}
  </ul>`;
}

function Details({ shown, alter }) {
  const save = (event) => {
    event.preventDefault();
    const { name, note } = Object.fromEntries(new FormData(event.target));
    alter(() => call("SetPerson", { personId: shown.personId, name, note }));
  };
  const fixed = !may("SetPerson");
  return html`<form class="keys" onSubmit=${save}>
    <p class="small">${t("person.id")}: <code>${shown.personId}</code></p>
    <label>${t("person.name")} <input name="name" maxlength="128" value=${shown.name} readonly=${fixed} /></label>
    <label>${t("person.note")} <textarea name="note" maxlength="1024" rows="2" readonly=${fixed}>${shown.note}</textarea></label>
    ${!fixed && html`<div><button class="button">${t("save")}</button></div>`}
  </form>`;
}

function Groups({ shown, group, groups, alter }) {
  const others = groups.filter((each) => !shown.groupIds.includes(each));
  const [target, setTarget] = useState("");
  const chosen = others.includes(target) ? target : others[0];
  const { personId } = shown;
  const add = () => call("AddGroups", { personId, groupIds: [chosen] });
  const leave = (id) => call("DeleteGroups", { personId, groupIds: [id] });
  return html`<section aria-label=${t("library.groups")}>
    <h3>${t("library.groups")}</h3>
    <ul class="chips">
      ${shown.groupIds.map((id) => html`<li class="tag" key=${id}>${id}
        ${may("DeleteGroups") && shown.groupIds.length > 1 && html`<button class="icon-button" aria-label=${t("person.leave", { group: id })}
          onClick=${() => alter(() => leave(id))}><${Icon} name="close" size="14" /></button>`}</li>`)}
    </ul>
    ${may("AddGroups") && others.length > 0 && html`<div class="row">
      <select aria-label=${t("person.otherGroup")} value=${chosen} onChange=${(event) => setTarget(event.target.value)}>
        ${others.map((each) => html`<option key=${each}>${each}</option>`)}
      </select>
      <button class="button" onClick=${() => alter(add)}>${t("person.join")}</button>
      ${may("DeleteGroups") && shown.groupIds.includes(group) && html`<button class="button"
        onClick=${() => alter(async () => (await add(), leave(group)))}>${t("person.move", { group })}</button>`}
    </div>`}
  </section>`;
}

function Farewell({ name, count, onErase }) {
  const [sure, setSure] = useState(false);
  return html`<section class="farewell">
    ${sure
      ? html`<p>${t("person.sure", { name, count })}</p>
        <div class="buttons">
          <button class="button" onClick=${() => setSure(false)}>${t("cancel")}</button>
          <button class="button button-bad" onClick=${onErase}><${Icon} name="trash" /> ${t("person.erase")}</button>
        </div>`
      : html`<button class="button button-bad" onClick=${() => setSure(true)}><${Icon} name="trash" /> ${t("person.delete")}</button>`}
  </section>`;
}

/** Whom a face is like, in one sentence. */
export function conflictText(conflicts) {
  return t("import.conflict", { who: conflicts.map((each) => `${each.personId} (${Math.round(each.rate)})`).join(", ") });
}
