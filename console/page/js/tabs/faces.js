// Faces: where they are in a picture, and what each shows.

import { html, useEffect, useState } from "../../vendor/preact.js";
import { call } from "../api.js";
import { useCalling } from "../calling.js";
import { format, t } from "../i18n.js";
import { FaceView } from "../parts/faceview.js";
import { Icon } from "../parts/icons.js";
import { Meter } from "../parts/meter.js";
import { Busy, Failure, Hint } from "../parts/notice.js";
import { PicturePlace } from "../parts/picture.js";
import { closePicture, inline } from "../pictures.js";
import { openSamples, useSamples } from "../portraits.js";

const TURNED = 30; // degrees beyond which a face is not qualified
const BLURRED = 5;
const LAYERS = ["box", "mesh", "axes"];
const ATTRIBUTES = ["glasses", "respirator", "hat", "mustache", "bang", "hairstyle"];

export function Faces({ shown }) {
  const [picture, setPicture] = useState(null);
  const [selected, select] = useState(0);
  const [show, setShow] = useState({ box: true, mesh: true, axes: true });
  const [state, run, reset] = useCalling();
  const samples = useSamples();
  const look = () => run(async () => call("DetectFace", { url: await inline(picture.blob), mesh: true }));
  useEffect(() => {
    select(0);
    reset();
    if (picture) look();
  }, [picture]);
  const faces = state.data?.faces ?? [];
  const onSelect = faces.length > 1 ? select : undefined;
  if (onSelect) onSelect.label = (index) => t("faces.face", { n: index + 1 });
  const trySample = async () => {
    const [opened] = await openSamples(samples.faces);
    closePicture(picture);
    setPicture(opened);
  };
  return html`<div class="faces">
    <div>
      <${PicturePlace} title=${t("faces.picture")} picture=${picture} onPicture=${setPicture} takesPaste=${shown} whole>
        <${FaceView} picture=${picture ?? {}} faces=${faces} selected=${selected} onSelect=${onSelect} show=${{ box: show.box }}
          label=${t("faces.count", { count: faces.length })} />
      <//>
    </div>
    <section class="outcome" aria-label=${t("result")} aria-live="polite" aria-busy=${Boolean(state.busy)}>
      ${state.busy && html`<${Busy} text=${t("faces.busy")} />`}
      <${Failure} error=${state.error} onRetry=${look} />
      ${!picture && html`<${Hint} title=${t("faces.empty")}>
        ${samples.faces && html`<button class="button button-main" onClick=${trySample}>${t("faces.sample")}</button>`}
      <//>`}
      ${state.data && !faces.length && html`<${Hint} icon="faces" title=${t("faces.none")}>${t("faces.none.text")}<//>`}
      ${faces[selected] && html`<${Detail} picture=${picture} face=${faces[selected]} number=${selected + 1} count=${faces.length}
        show=${show} setShow=${setShow} />`}
    </section>
  </div>`;
}

function Detail({ picture, face, number, count, show, setShow }) {
  const reasons = whyNot(face);
  return html`<div class="detail">
    <div class="detail-face">
      <${FaceView} picture=${picture} faces=${[face]} focus=${face} shape=${4 / 5} show=${show} label=${t("faces.face", { n: number })} />
      <div class="choice" role="group" aria-label=${t("faces.layers")}>
        ${LAYERS.map((layer) => html`<button key=${layer} aria-pressed=${show[layer]} disabled=${layer === "mesh" && !face.mesh}
          onClick=${() => setShow({ ...show, [layer]: !show[layer] })}>${t(`faces.${layer}`)}</button>`)}
      </div>
      ${show.axes && html`<p class="small legend">${["x", "y", "z"].map((axis) => html`<span key=${axis}>
        <i class=${`axis-${axis}`}></i> ${t(`faces.axis.${axis}`)}</span>`)}</p>`}
    </div>
    <div>
      <h2>${count > 1 ? t("faces.of", { n: number, count }) : t("faces.face", { n: number })}</h2>
      <p class=${face.qualified ? "tag tag-good" : "tag"}>
        <${Icon} name=${face.qualified ? "check" : "alert"} size="18" /> ${face.qualified ? t("faces.qualified") : t("faces.unqualified")}
      </p>
      ${reasons.length > 0 && html`<ul class="reasons">${reasons.map((each) => html`<li key=${each}>${each}</li>`)}</ul>`}
      <dl class="meters">
        <${Meter} label=${t("faces.smile")} value=${t(face.smile.value >= 0.5 ? "value.yes" : "value.no")} share=${face.smile.rate} />
        ${ATTRIBUTES.filter((name) => face[name]).map((name) => html`<${Meter} key=${name} label=${t(`faces.${name}`)}
          value=${t(`value.${face[name].value}`)} share=${face[name].rate} />`)}
      </dl>
      <dl class="facts">
        ${["yaw", "pitch", "roll"].map((name) => html`<div key=${name}><dt>${t(`faces.${name}`)}</dt>
          <dd>${format(face.quality[name], { maximumFractionDigits: 0 })}°</dd></div>`)}
        <div><dt>${t("faces.blur")}</dt><dd>${format(face.quality.blur, { maximumFractionDigits: 1 })}</dd></div>
        <div><dt>${t("faces.size")}</dt><dd>${face.location.w} × ${face.location.h}</dd></div>
        <div><dt>${t("faces.place")}</dt><dd>${face.location.x}, ${face.location.y}</dd></div>
      </dl>
    </div>
  </div>`;
}

/** Why a face is not qualified, by the contract's rule. */
function whyNot({ quality, glasses }) {
  const round = (value) => format(value, { maximumFractionDigits: 1 });
  const turned = ["yaw", "pitch", "roll"].filter((name) => Math.abs(quality[name]) > TURNED);
  return [
    quality.blur >= BLURRED && t("faces.why.blur", { value: round(quality.blur), most: BLURRED }),
    glasses.value === "Sunglass" && t("faces.why.sunglasses"),
    ...turned.map((name) => t("faces.why.turned", { name: t(`faces.${name}`), value: round(Math.abs(quality[name])), most: TURNED })),
  ].filter(Boolean);
}
