// Scans: tasks that take their time, how far they are, and the callbacks that tell of them.

import { html, useEffect, useRef, useState } from "../../vendor/preact.js";
import { call, desk, entryError } from "../api.js";
import { useCalling } from "../calling.js";
import { meaningOf } from "../errors.js";
import { format, formatTime, t } from "../i18n.js";
import { Icon } from "../parts/icons.js";
import { Busy, Failure, Hint } from "../parts/notice.js";
import { Table } from "../parts/table.js";
import { groups } from "../people.js";
import { inline, isImage, openPicture } from "../pictures.js";
import { caller } from "../session.js";
import { useValue } from "../store.js";

const PROCESSING = 280;
const ASK = 1500; // milliseconds between two questions while a task waits
const AT_ONCE = 100; // tasks in one call

export function Scans({ shown }) {
  const [tasks, setTasks] = useState([]);
  const [heard, setHeard] = useState([]);
  const [state, run] = useCalling();
  const [known, ask] = useCalling();
  const told = useValue(caller);
  const callback = told?.typed ? null : told?.callback;
  const waiting = tasks.some((task) => task.code === PROCESSING);
  useEffect(() => void (shown && ask(groups)), [shown]);
  useEffect(() => {
    if (!waiting && !(callback && tasks.some((task) => task.callback && !heard.some((each) => each.taskId === task.taskId)))) return undefined;
    const timer = setTimeout(async () => {
      const open = tasks.filter((task) => task.code === PROCESSING).slice(0, AT_ONCE);
      try {
        const entries = open.length ? await call("ImageAsyncScanResults", open.map((task) => task.taskId)) : [];
        if (callback) setHeard(await desk("callbacks"));
        setTasks((before) => before.map((task) => ({ ...task, ...entries.find((entry) => entry.taskId === task.taskId) })));
      } catch {
        setTasks((before) => [...before]); // asked again; who does not answer is told of above
      }
    }, ASK);
    return () => clearTimeout(timer);
  }, [tasks, heard]);
  const submit = (wanted) => run(async () => {
    const added = await send(wanted, callback);
    setTasks((before) => [...added, ...before]);
  });
  return html`<${Form} groups=${known.data ?? []} callback=${callback} busy=${state.busy} onSubmit=${submit} />
    <${Failure} error=${state.error} />
    ${state.busy && html`<${Busy} text=${t("scans.sending")} />`}
    <section aria-label=${t("scans.tasks")} aria-live="polite">
      ${!tasks.length && html`<${Hint} icon="scans" title=${t("scans.empty")} />`}
      ${tasks.length > 0 && html`<${Table} label=${t("scans.tasks")}
        heads=${[t("scans.picture"), t("scans.task"), t("scans.state"), t("result"), callback && t("scans.callback")]}>${tasks.map((task) => html`<${Task} key=${task.key} task=${task} callback=${callback} heard=${heard.find((each) => each.taskId === task.taskId)} />`)}<//>`}
    </section>`;
}

function Form({ groups: known, callback, busy, onSubmit }) {
  const input = useRef(null);
  const [files, setFiles] = useState([]);
  const [scene, setScene] = useState("liveness");
  const enter = (event) => {
    event.preventDefault();
    const { group, callback: told } = Object.fromEntries(new FormData(event.target));
    onSubmit({ files, scene, group, told: Boolean(told) }).then(() => setFiles([]));
  };
  const scenes = known.length ? ["liveness", "sface-n"] : ["liveness"];
  return html`<form class="scan-form card" onSubmit=${enter}>
    <div class="row">
      <button type="button" class="button" onClick=${() => input.current.click()}><${Icon} name="upload" /> ${t("import.files")}</button>
      <span>${t("scans.chosen", { count: files.length })}</span>
      <input ref=${input} type="file" accept="image/*" multiple hidden aria-label=${t("import.files")}
        onChange=${(event) => setFiles([...event.target.files].filter(isImage))} />
    </div>
    <div class="row">
      <label>${t("scans.scene")} <select value=${scene} onChange=${(event) => setScene(event.target.value)}>
        ${scenes.map((each) => html`<option key=${each} value=${each}>${t(`scene.${each}`)}</option>`)}</select></label>
      ${scene === "sface-n" && html`<label>${t("search.group")} <select name="group">
        ${known.map(({ id }) => html`<option key=${id}>${id}</option>`)}</select></label>`}
    </div>
    ${callback
      ? html`<label class="check"><input type="checkbox" name="callback" value="yes" defaultChecked /> ${t("scans.call")}</label>`
      : html`<p class="small">${t("scans.noCall")}</p>`}
    <div><button class="button button-main" disabled=${busy || !files.length}>${t("scans.submit")}</button></div>
  </form>`;
}

function Task({ task, callback, heard }) {
  const done = task.code === 200;
  const state = task.code === PROCESSING ? "waiting" : done ? "done" : "failed";
  return html`<tr>
    <td class="picture-cell">${task.picture && html`<img class="mini" src=${task.picture} alt=${task.name} />`}</td>
    <td><b>${task.name}</b><br /><code class="small">${task.taskId}</code></td>
    <td><span class=${{ waiting: "tag", done: "tag tag-good", failed: "tag tag-bad" }[state]}>${t(`scans.${state}`)}</span></td>
    <td>${done ? resultText(task.results[0]) : state === "failed" ? meaningOf(entryError(task)).meaning : ""}</td>
    ${callback && html`<td>${heard ? html`<span class=${heard.genuine ? "tag tag-good" : "tag tag-bad"}>
      ${t(heard.genuine ? "scans.heard" : "scans.forged")}</span><br /><span class="small">${formatTime(new Date(1000 * heard.at))}</span>`
      : task.callback ? t("scans.awaited") : "–"}</td>`}
  </tr>`;
}

function resultText({ scene, suggestion, rate, topPersonData }) {
  const number = format(rate, { maximumFractionDigits: 1 });
  if (scene === "liveness") return `${t(`suggestion.${suggestion}`)} (${number})`;
  const [best] = topPersonData.flatMap((face) => face.persons).sort((a, b) => b.rate - a.rate);
  return suggestion === "review" && best ? t("scans.found", { name: best.name || best.personId, rate: number }) : t("search.none");
}

async function send({ files, scene, group, told }, callback) {
  const pictures = await Promise.all(files.map((file) => openPicture(file)));
  const tasks = await Promise.all(pictures.map(async ({ blob }) => ({ url: await inline(blob), ...(group ? { extras: { groupId: group } } : {}) })));
  const added = [];
  for (const [index, task] of tasks.entries()) {
    // one call each: images that are sent along add up to what one call may hold
    const push = told && callback ? { callback: callback.url, seed: callback.seed } : {};
    const [entry] = await call("ImageAsyncScan", { scenes: [scene], tasks: [task], ...push });
    const { url: picture, name } = pictures[index];
    added.push({ ...entry, key: entry.taskId ?? crypto.randomUUID(), code: entry.code === 200 ? PROCESSING : entry.code, picture, name, callback: told });
  }
  return added;
}
