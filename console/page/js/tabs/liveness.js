// Liveness: one photo, or a person in front of the camera.

import { html, useState } from "../../vendor/preact.js";
import { t } from "../i18n.js";
import { may } from "../session.js";
import { Interactive } from "./interactive.js";
import { PhotoCheck } from "./photocheck.js";

const KINDS = { camera: ["VerifyLiveness", Interactive], photo: ["ImageSyncScan", PhotoCheck] };

export function Liveness({ shown }) {
  const kinds = Object.keys(KINDS).filter((kind) => may(KINDS[kind][0]));
  const [chosen, choose] = useState("camera");
  const kind = kinds.includes(chosen) ? chosen : kinds[0];
  const View = KINDS[kind]?.[1];
  return html`<div class="choice kind" role="group" aria-label=${t("liveness.kind")}>
      ${kinds.map((each) => html`<button key=${each} aria-pressed=${each === kind} onClick=${() => choose(each)}>${t(`liveness.${each}`)}</button>`)}
    </div>
    ${View && html`<${View} key=${kind} shown=${shown} />`}`;
}
