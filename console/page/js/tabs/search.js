// Search: who of a group is in a picture.

import { html, useEffect, useState } from "../../vendor/preact.js";
import { call, entryError } from "../api.js";
import { useCalling } from "../calling.js";
import { format, t } from "../i18n.js";
import { FaceView } from "../parts/faceview.js";
import { Busy, Failure, Hint } from "../parts/notice.js";
import { PicturePlace } from "../parts/picture.js";
import { Thumb } from "../parts/thumb.js";
import { groups } from "../people.js";
import { closePicture, inline } from "../pictures.js";
import { openSamples, useSamples } from "../portraits.js";
import { thresholdsOf } from "../score.js";

const FACES = 10; // of a picture, the most that are looked up

export function Search({ shown }) {
  const [picture, setPicture] = useState(null);
  const [group, setGroup] = useState("");
  const [known, ask] = useCalling();
  const [state, run, reset] = useCalling();
  const samples = useSamples();
  useEffect(() => {
    if (shown) ask(groups).then((found) => found && setGroup((before) => (found.some((each) => each.id === before) ? before : (found[0]?.id ?? ""))));
  }, [shown]);
  const look = () => run(() => search(picture, group));
  useEffect(() => {
    if (picture && group) look();
    else reset();
  }, [picture, group]);
  const trySample = async () => {
    const [opened] = await openSamples(samples.search);
    closePicture(picture);
    setPicture(opened);
  };
  const faces = state.data?.faces ?? [];
  const chosen = known.data?.find((each) => each.id === group);
  const empty = known.data && !known.data.length;
  return html`<div class="searching">
    <div>
      <label class="select">${t("search.group")}
        <select value=${group} disabled=${!known.data?.length} onChange=${(event) => setGroup(event.target.value)}>
          ${(known.data ?? []).map(({ id, size }) => html`<option key=${id} value=${id}>${id} (${t("search.people", { count: size })})</option>`)}
        </select>
      </label>
      <${PicturePlace} title=${t("search.picture")} picture=${picture} onPicture=${setPicture} takesPaste=${shown} whole>
        <${FaceView} picture=${picture ?? {}} faces=${faces} label=${t("faces.count", { count: faces.length })} />
      <//>
      ${state.data?.thresholds && chosen && html`<${Thresholds} thresholds=${state.data.thresholds} size=${chosen.size} />`}
    </div>
    <section class="outcome" aria-label=${t("result")} aria-live="polite" aria-busy=${Boolean(state.busy)}>
      <${Failure} error=${known.error ?? state.error} onRetry=${picture && group ? look : undefined} />
      ${state.busy && html`<${Busy} text=${t("search.busy")} />`}
      ${empty && html`<${Hint} icon="people" title=${t("search.noGroup")}><a href="#/library">${t("search.toLibrary")}</a><//>`}
      ${!empty && !picture && html`<${Hint} title=${t("search.empty")}>
        ${samples.search && html`<button class="button button-main" onClick=${trySample}>${t("search.sample")}</button>`}<//>`}
      ${state.data && !faces.length && html`<${Hint} icon="faces" title=${t("faces.none")}>${t("faces.none.text")}<//>`}
      ${faces.map((face, index) => html`<${Found} key=${index} picture=${picture} face=${face} number=${index + 1} many=${faces.length > 1}
        thresholds=${state.data.thresholds} />`)}
    </section>
  </div>`;
}

function Found({ picture, face, number, many, thresholds }) {
  const limit = thresholds[0].score;
  const [first] = face.persons;
  const found = first && first.rate >= limit;
  return html`<article class="found">
    <div class="found-probe"><${FaceView} picture=${picture} faces=${[face]} focus=${face} shape=${4 / 5} label=${t("faces.face", { n: number })} /></div>
    <div>
      <h2>${many && `${number}. `}${found ? t("search.found", { name: first.name || first.personId }) : t("search.none")}</h2>
      <ol class="candidates">
        ${face.persons.map((person) => html`<li key=${person.faceId} class=${person.rate >= limit ? "candidate is-found" : "candidate"}>
          <${Thumb} personId=${person.personId} faceId=${person.faceId} label=${person.name || person.personId} />
          <b>${person.name || person.personId}</b>
          <span class="candidate-rate">${format(person.rate, { maximumFractionDigits: 1, minimumFractionDigits: 1 })}</span>
          ${person.note && html`<span class="small">${person.note}</span>`}
        </li>`)}
      </ol>
    </div>
  </article>`;
}

function Thresholds({ thresholds, size }) {
  return html`<section class="thresholds">
    <h2>${t("search.thresholds", { count: size })}</h2>
    <dl>${thresholds.map(({ oneIn, score }) => html`<div key=${oneIn}><dt>${t("search.stranger", { n: oneIn })}</dt>
      <dd>${format(score, { maximumFractionDigits: 1, minimumFractionDigits: 1 })}</dd></div>`)}</dl>
  </section>`;
}

async function search(picture, groupId) {
  const [entry] = await call("SearchPerson", { url: await inline(picture.blob), groupId, maxFaces: FACES });
  if (entry.code !== 200) throw entryError(entry);
  const [result] = entry.results;
  const faces = result.topPersonData.map(({ faceItem: { x, y, width, height }, persons }) => ({ location: { x, y, w: width, h: height }, persons }));
  return { faces, thresholds: thresholdsOf(result.thresholds) };
}
