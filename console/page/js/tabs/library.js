// Library: groups, their persons with their faces, and how they come and go.

import { html, useEffect, useState } from "../../vendor/preact.js";
import { useCalling } from "../calling.js";
import { format, t } from "../i18n.js";
import { Icon } from "../parts/icons.js";
import { Busy, Failure, Hint } from "../parts/notice.js";
import { Thumb } from "../parts/thumb.js";
import { groups, members } from "../people.js";
import { dropped } from "../pictures.js";
import { may } from "../session.js";
import { Import } from "./import.js";
import { Person } from "./person.js";

const PAGE = 24;

export function Library({ shown }) {
  const [group, setGroup] = useState("");
  const [page, setPage] = useState(1);
  const [open, setOpen] = useState(null);
  const [files, setFiles] = useState(null);
  const [over, setOver] = useState(false);
  const [known, ask] = useCalling();
  const [listed, list] = useCalling();
  const reload = async (wanted = group) => {
    const found = await ask(groups);
    if (!found) return;
    const chosen = found.some((each) => each.id === wanted) ? wanted : (found[0]?.id ?? "");
    setGroup(chosen);
    list(() => (chosen ? members(chosen, page, PAGE) : { persons: [], total: 0 }));
  };
  useEffect(() => {
    if (shown && !known.data && !known.busy) reload();
  }, [shown]);
  const choose = (id, number = 1) => {
    setGroup(id);
    setPage(number);
    list(() => members(id, number, PAGE));
  };
  const drop = async (event) => {
    event.preventDefault();
    setOver(false);
    const found = await dropped(event.dataTransfer);
    if (found.length) setFiles(found);
  };
  const ids = (known.data ?? []).map((each) => each.id);
  const writes = may("AddPerson") && may("AddFaces");
  const pages = Math.ceil((listed.data?.total ?? 0) / PAGE);
  return html`<div class=${over ? "library library-over" : "library"} onDrop=${writes ? drop : undefined}
    onDragOver=${writes ? (event) => (event.preventDefault(), setOver(true)) : undefined} onDragLeave=${() => setOver(false)}>
    <div class="library-bar">
      <div class="choice" role="group" aria-label=${t("library.groups")}>
        ${(known.data ?? []).map(({ id, size }) => html`<button key=${id} aria-pressed=${id === group} onClick=${() => choose(id)}>
          ${id} <span class="count">${format(size)}</span></button>`)}
      </div>
      <div class="buttons-inline">
        <button class="icon-button" aria-label=${t("reload")} title=${t("reload")} onClick=${() => reload()}><${Icon} name="refresh" /></button>
        ${writes && html`<button class="button button-main" onClick=${() => setFiles([])}><${Icon} name="plus" /> ${t("library.add")}</button>`}
      </div>
    </div>
    <${Failure} error=${known.error ?? listed.error} onRetry=${() => reload()} />
    ${(known.busy || listed.busy) && !listed.data && html`<${Busy} text=${t("library.busy")} />`}
    ${known.data && !ids.length && html`<${Hint} icon="people" title=${t("library.empty")}>${writes && t("library.empty.text")}<//>`}
    <ul class="people" aria-label=${t("library.people")} aria-busy=${Boolean(listed.busy)}>
      ${(listed.data?.persons ?? []).map((each) => html`<li key=${each.personId}>
        <button class="person" onClick=${() => setOpen(each.personId)}>
          <${Thumb} personId=${each.personId} faceId=${each.faces[0]?.faceId} url=${each.faces[0]?.url} label="" />
          <b>${each.name || each.personId}</b>
          <span class="small">${t("library.faces", { count: each.faceIds.length })}</span>
        </button>
      </li>`)}
    </ul>
    ${pages > 1 && html`<nav class="pages" aria-label=${t("library.pages")}>
      <button class="button" disabled=${page < 2} onClick=${() => choose(group, page - 1)}>${t("library.before")}</button>
      <span>${t("library.page", { page, pages })}</span>
      <button class="button" disabled=${page >= pages} onClick=${() => choose(group, page + 1)}>${t("library.after")}</button>
    </nav>`}
    ${open && html`<${Person} key=${open} id=${open} group=${group} groups=${ids} onClose=${(changed) => (setOpen(null), changed && reload())} />`}
    ${files && html`<${Import} files=${files} group=${group} groups=${ids} onClose=${(changed) => (setFiles(null), changed && reload(changed))} />`}
  </div>`;
}
