// Compare: two pictures, how alike their faces are, and what that means.

import { html, useEffect, useState } from "../../vendor/preact.js";
import { call } from "../api.js";
import { useCalling } from "../calling.js";
import { format, t } from "../i18n.js";
import { Code } from "../parts/code.js";
import { FaceView } from "../parts/faceview.js";
import { Icon } from "../parts/icons.js";
import { Busy, Failure, Hint } from "../parts/notice.js";
import { PicturePlace } from "../parts/picture.js";
import { Scale, scoreSentence } from "../parts/scale.js";
import { closePicture, inline } from "../pictures.js";
import { compareSamples } from "../samples.js";
import { openSamples, useSamples } from "../portraits.js";
import { thresholdsOf } from "../score.js";
import { may } from "../session.js";

const SHAPE = 4 / 5;
const SIDES = ["source", "target"];

export function Compare({ shown }) {
  const [pictures, setPictures] = useState({ source: null, target: null });
  const [types, setTypes] = useState({ source: "FacePic", target: "FacePic" });
  const [faces, setFaces] = useState({});
  const [state, run, reset] = useCalling();
  const samples = useSamples();
  const put = (side) => (picture) => {
    setPictures((before) => ({ ...before, [side]: picture }));
    setFaces((before) => ({ ...before, [side]: null }));
    if (picture && may("DetectFace")) find(picture).then((found) => setFaces((before) => ({ ...before, [side]: found })));
  };
  const { source, target } = pictures;
  useEffect(() => {
    if (source && target) run(() => compare(pictures, types));
    else reset();
  }, [source, target, types]);
  const swap = () => {
    setPictures({ source: target, target: source });
    setTypes({ source: types.target, target: types.source });
    setFaces({ source: faces.target, target: faces.source });
  };
  const choose = (side) => (event) => {
    const other = side === "source" ? "target" : "source";
    const type = event.target.value;
    // at least one of the two is a photo
    setTypes({ [side]: type, [other]: type === "IDPic" ? "FacePic" : types[other] });
  };
  const trySamples = async () => {
    const [one, two] = await openSamples(samples.compare);
    for (const side of SIDES) closePicture(pictures[side]);
    put("source")(one);
    put("target")(two);
  };
  return html`<div class="pair">
      ${SIDES.map((side, index) => html`<div class="pair-side" key=${side}>
        <${PicturePlace} title=${t(`compare.${side}`)} picture=${pictures[side]} onPicture=${put(side)}
          takesPaste=${shown && side === (source ? "target" : "source")}>
          <${Portrait} picture=${pictures[side]} found=${faces[side]} name=${t(`compare.${side}`)} />
        <//>
        <label class="select">${t("compare.type")}
          <select value=${types[side]} onChange=${choose(side)}>
            <option value="FacePic">${t("compare.facePic")}</option>
            <option value="IDPic">${t("compare.idPic")}</option>
          </select>
        </label>
        ${index === 0 && html`<button class="icon-button swap" title=${t("compare.swap")} aria-label=${t("compare.swap")}
          disabled=${!source && !target} onClick=${swap}><${Icon} name="swap" /></button>`}
      </div>`)}
    </div>
    <section class="outcome" aria-label=${t("result")} aria-live="polite" aria-busy=${Boolean(state.busy)}>
      ${state.busy && !state.data && html`<${Busy} text=${t("compare.busy")} />`}
      <${Failure} error=${state.error} onRetry=${() => run(() => compare(pictures, types))} />
      ${state.data && html`<${Outcome} data=${state.data} />`}
      ${!state.data && !state.busy && !state.error && html`<${Hint} title=${t("compare.empty")}>
        ${samples.compare && html`<button class="button button-main" onClick=${trySamples}>${t("compare.sample")}</button>`}
      <//>`}
    </section>
    <details class="more">
      <summary>${t("code.title")}</summary>
      <${Code} samples=${compareSamples(types)} />
    </details>`;
}

function Portrait({ picture, found, name }) {
  const face = found?.[0];
  return html`<${FaceView} picture=${picture} shape=${SHAPE} faces=${face ? [face] : []} focus=${face}
    label=${face ? t("picture.withFace", { name }) : name} />
  ${found && found.length > 1 && html`<p class="small">${t("compare.largest", { n: found.length })}</p>`}`;
}

function Outcome({ data: { score, thresholds } }) {
  const passed = thresholds.filter((each) => score >= each.score).at(-1);
  return html`<div class="verdict">
    <p class="score"><b>${format(score, { minimumFractionDigits: 1, maximumFractionDigits: 1 })}</b><span>${t("score.of")}</span></p>
    <div>
      <p class="verdict-title">${passed ? t("compare.same", { n: passed.oneIn }) : t("compare.different")}</p>
      <p class="verdict-text">${scoreSentence(score)}</p>
    </div>
  </div>
  <${Scale} score=${score} thresholds=${thresholds} />`;
}

async function compare(pictures, types) {
  const data = await call("CompareFaces", {
    SourceImageType: types.source,
    SourceImageValue: await inline(pictures.source.blob),
    TargetImageType: types.target,
    TargetImageValue: await inline(pictures.target.blob),
  });
  return { score: data.SimilarityScore, thresholds: thresholdsOf(data.ConfidenceThresholds) };
}

/** The picture's faces, the largest first; none where they cannot be had, as the comparison itself says why. */
async function find(picture) {
  try {
    return (await call("DetectFace", { url: await inline(picture.blob) })).faces;
  } catch {
    return [];
  }
}
