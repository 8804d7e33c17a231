// New persons from pictures: one, or a folder with one folder for each; with progress, and a table of what did not go.

import { html, useRef, useState } from "../../vendor/preact.js";
import { ApiError, call } from "../api.js";
import { meaningOf } from "../errors.js";
import { t } from "../i18n.js";
import { Dialog } from "../parts/dialog.js";
import { Icon } from "../parts/icons.js";
import { Table } from "../parts/table.js";
import { addFace, idOf, isId, pool } from "../people.js";
import { dropped, isImage, openPicture } from "../pictures.js";
import { may } from "../session.js";
import { conflictText } from "./person.js";

/** `files`: [{file, path}]; `onClose(group or null)`: the group that has new persons. */
export function Import({ files: given, group: current, groups, onClose }) {
  const [files, setFiles] = useState(given);
  const [group, setGroup] = useState(current || "people");
  const [progress, setProgress] = useState(null);
  const inputs = [useRef(null), useRef(null)];
  const people = byPerson(files);
  const choose = (event) => setFiles([...event.target.files].filter(isImage).map((file) => ({ file, path: file.webkitRelativePath || file.name })));
  const start = async (event) => {
    event.preventDefault();
    const steps = { done: 0, all: files.length, added: 0, rows: [], busy: true };
    setProgress({ ...steps });
    const tell = (row, added) => {
      steps.done++;
      steps.added += added;
      if (row) steps.rows.push(row);
      setProgress({ ...steps });
    };
    await pool(people, (one) => enrol(one, group, tell));
    setProgress({ ...steps, busy: false });
  };
  return html`<${Dialog} title=${t("library.add")} onClose=${() => onClose(progress ? group : null)}>
    ${!progress && html`<form class="keys" onSubmit=${start}>
      <div class="drop" onDragOver=${(event) => event.preventDefault()}
        onDrop=${async (event) => (event.preventDefault(), event.stopPropagation(), setFiles(await dropped(event.dataTransfer)))}>
        <p>${files.length ? t("import.chosen", { files: files.length, people: people.length }) : t("import.drop")}</p>
        <div class="buttons">
          <button type="button" class="button" onClick=${() => inputs[0].current.click()}><${Icon} name="upload" /> ${t("import.files")}</button>
          <button type="button" class="button" onClick=${() => inputs[1].current.click()}><${Icon} name="library" /> ${t("import.folder")}</button>
        </div>
        <input ref=${inputs[0]} type="file" accept="image/*" multiple hidden aria-label=${t("import.files")} onChange=${choose} />
        <input ref=${inputs[1]} type="file" webkitdirectory hidden aria-label=${t("import.folder")} onChange=${choose} />
      </div>
      <p class="small">${t("import.rule")}</p>
      <label>${t("import.group")} <input name="group" required pattern="[A-Za-z0-9_\\-]{1,32}" title=${t("import.id")} value=${group}
        list="known-groups" onInput=${(event) => setGroup(event.target.value)} /></label>
      <datalist id="known-groups">${groups.map((each) => html`<option key=${each} value=${each} />`)}</datalist>
      <button class="button button-main" disabled=${!files.length || !isId(group)}>${t("import.start")}</button>
    </form>`}
    ${progress && html`<div aria-live="polite">
      <p class="hint-title">${t(progress.busy ? "import.busy" : "import.done", { added: progress.added, done: progress.done, all: progress.all })}</p>
      <progress max=${progress.all} value=${progress.done} aria-label=${t("import.progress")}></progress>
      ${progress.rows.length > 0 && html`<${Table} label=${t("import.rows")} seen heads=${[t("import.file"), t("import.what")]}>${progress.rows.map((row) => html`<tr key=${row.path}><td>${row.path}</td><td>
          <span class=${row.conflict ? "tag" : "tag tag-bad"}>${t(row.conflict ? "import.like" : "import.refused")}</span> ${row.text}</td></tr>`)}<//>`}
    </div>`}
  <//>`;
}

/**
 * Files by person, [{name, files}]: by the folder that they lie in, where there are several; a file that lies beside
 * these folders, or in the only folder, is a person of its own.
 */
function byPerson(files) {
  const paths = files.map(({ path }) => path.split("/"));
  const least = paths.some((parts) => parts.length > 2) ? 3 : new Set(paths.map(([root]) => root)).size > 1 ? 2 : 3;
  const found = new Map();
  files.forEach((each, index) => {
    const parts = paths[index];
    const name = parts.length >= least ? parts.at(-2) : parts.at(-1).replace(/\.\w+$/, "");
    found.set(name, [...(found.get(name) ?? []), each]);
  });
  return [...found].map(([name, own]) => ({ name, files: own }));
}

async function enrol({ name, files }, group, tell) {
  const personId = await idOf(name);
  let made;
  try {
    made = await create(personId, name, group);
  } catch (error) {
    for (const { path } of files) tell({ path, text: meaningOf(error).meaning }, 0);
    return;
  }
  let added = 0;
  for (const { file, path } of files) {
    const [row, count] = await add(personId, file, path);
    added += count;
    tell(row, count);
  }
  // nobody is left behind without a face
  if (made && !added && may("DeletePerson")) await call("DeletePerson", { personId }).catch(() => {});
}

/** Whether the person is new; one that is there already joins the group. */
async function create(personId, name, group) {
  try {
    await call("AddPerson", { personId, groupIds: [group], name });
    return true;
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== "InvalidParam.PersonExists") throw error;
    const { groupIds } = await call("GetPerson", { personId });
    if (!groupIds.includes(group)) await call("AddGroups", { personId, groupIds: [group] });
    return false;
  }
}

/** [row or null, faces added]. */
async function add(personId, file, path) {
  try {
    const { error, conflicts } = await addFace(personId, (await openPicture(file)).blob);
    if (error) return [{ path, text: meaningOf(error).meaning }, 0];
    return [conflicts.length ? { path, conflict: true, text: conflictText(conflicts) } : null, 1];
  } catch (error) {
    return [{ path, text: meaningOf(error).meaning }, 0];
  }
}
