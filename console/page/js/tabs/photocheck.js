// Is a photo of a live person, or of a screen or a print?

import { html, useEffect, useState } from "../../vendor/preact.js";
import { call, entryError } from "../api.js";
import { useCalling } from "../calling.js";
import { format, t } from "../i18n.js";
import { FaceView } from "../parts/faceview.js";
import { Busy, Failure, Hint } from "../parts/notice.js";
import { PicturePlace } from "../parts/picture.js";
import { closePicture, inline } from "../pictures.js";
import { openSamples, useSamples } from "../portraits.js";

export function PhotoCheck({ shown }) {
  const [picture, setPicture] = useState(null);
  const [state, run, reset] = useCalling();
  const samples = useSamples();
  const look = () => run(() => check(picture));
  useEffect(() => {
    if (picture) look();
    else reset();
  }, [picture]);
  const trySample = async () => {
    const [opened] = await openSamples(samples.liveness);
    closePicture(picture);
    setPicture(opened);
  };
  return html`<div class="searching">
    <${PicturePlace} title=${t("photocheck.picture")} picture=${picture} onPicture=${setPicture} takesPaste=${shown} whole>
      <${FaceView} picture=${picture ?? {}} label=${t("photocheck.picture")} />
    <//>
    <section class="outcome" aria-label=${t("result")} aria-live="polite" aria-busy=${Boolean(state.busy)}>
      ${state.busy && html`<${Busy} />`}
      <${Failure} error=${state.error} onRetry=${look} />
      ${!picture && html`<${Hint} title=${t("photocheck.empty")}>
        ${samples.liveness && html`<button class="button button-main" onClick=${trySample}>${t("photocheck.sample")}</button>`}<//>`}
      ${state.data && html`<${Verdict} result=${state.data} />`}
    </section>
  </div>`;
}

export function Verdict({ result: { suggestion, rate, reason } }) {
  return html`<div class="verdict">
    <p class="score"><b>${format(rate, { maximumFractionDigits: 1 })}</b><span>${t("score.of")}</span></p>
    <div>
      <p class="verdict-title">${t(`suggestion.${suggestion}`)}</p>
      <p class="verdict-text">${t(reason ? `photocheck.${reason}` : "photocheck.rate")}</p>
    </div>
  </div>
  <div class="scale"><div class="scale-track" aria-hidden="true"><i class="scale-fill" style=${{ width: `${rate}%` }}></i>
    <b class="scale-mark" style=${{ left: `${rate}%` }}></b></div></div>
  <p class="small">${t("photocheck.limits")}</p>`;
}

async function check(picture) {
  const [entry] = await call("ImageSyncScan", { scenes: ["liveness"], tasks: [{ url: await inline(picture.blob) }] });
  if (entry.code !== 200) throw entryError(entry);
  return entry.results[0];
}
