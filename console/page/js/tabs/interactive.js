// A person in front of the camera is asked for actions, one at a time.

import { html, useEffect, useRef, useState } from "../../vendor/preact.js";
import { call } from "../api.js";
import { t } from "../i18n.js";
import { useCamera } from "../parts/camera.js";
import { Icon } from "../parts/icons.js";
import { Busy, Failure, Hint } from "../parts/notice.js";
import { inline } from "../pictures.js";
import { ACTION_SECONDS, lightMeter, placement, record, REST_SECONDS, still } from "../recorder.js";
import { may } from "../session.js";
import { Session } from "./livenessresult.js";

const LOOK = 500; // milliseconds between two looks at where the face is
const GOOD = 2; // looks in a row after which it starts
const SLOW = ["Error.Timeout", "Error.Busy", "Throttling.User", "HTTP.429", "HTTP.504"];

export function Interactive({ shown }) {
  const [started, setStarted] = useState(false);
  const [outcome, setOutcome] = useState(null);
  const begin = () => {
    outcome?.frames?.forEach(({ url }) => URL.revokeObjectURL(url));
    setOutcome(null);
    setStarted(true);
  };
  const done = (told) => {
    setStarted(false);
    setOutcome(told);
  };
  if (started && shown) return html`<${Stage} onDone=${done} />`;
  return html`<div aria-live="polite">
    ${!outcome && html`<${Hint} icon="faces" title=${t("live.what")}>
      <p>${t("live.how")}</p>
      <p class="small">${t("live.limits")}</p><//>`}
    <${Failure} error=${outcome?.error} />
    ${outcome?.answer && html`<${Session} answer=${outcome.answer} frames=${outcome.frames} />`}
    <div class="buttons centred"><button class="button button-main button-large" onClick=${begin}>
      <${Icon} name="camera" /> ${t(outcome ? "live.again" : "live.start")}</button></div>
  </div>`;
}

/** The camera with the oval; `onDone({answer, frames} or {error})`. */
function Stage({ onDone }) {
  const [step, setStep] = useState({ name: "place", progress: 0 });
  const [video, camera] = useCamera(step.name !== "judge");
  const [hint, setHint] = useState("");
  const left = useRef(false);
  useEffect(() => () => void (left.current = true), []);
  useEffect(() => {
    if (camera !== "on") return;
    run(video.current, { setStep, setHint, gone: () => left.current }).then(
      (outcome) => left.current || onDone(outcome), (error) => left.current || onDone({ error }),
    );
  }, [camera]);
  if (camera.startsWith("camera.")) return html`<${Failure} error=${new Error(camera)} /><div class="buttons">
    <button class="button" onClick=${() => onDone(null)}>${t("live.stop")}</button></div>`;
  return html`<div class=${`stage stage-${step.name}`}>
    <p class="stage-say" role="status" aria-live="assertive">${t(`live.${step.action ?? step.name}`)}</p>
    <div class="stage-view">
      <video ref=${video} muted playsinline></video>
      <svg class="oval" viewBox="0 0 400 300" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
        <path class="oval-veil" fill-rule="evenodd" d="M-400-300h1200v900h-1200ZM200 28c52 0 84 44 84 104 0 78-38 140-84 140s-84-62-84-140c0-60 32-104 84-104Z" />
        <path class="oval-line" d="M200 28c52 0 84 44 84 104 0 78-38 140-84 140s-84-62-84-140c0-60 32-104 84-104Z" />
        ${step.progress > 0 && html`<path class="oval-done" pathLength="1" style=${{ strokeDashoffset: `${1 - step.progress}` }}
          d="M200 28c52 0 84 44 84 104 0 78-38 140-84 140s-84-62-84-140c0-60 32-104 84-104Z" />`}
      </svg>
      ${hint && html`<p class="stage-hint" role="status">${t(`live.hint.${hint}`)}</p>`}
    </div>
    ${step.name === "judge" && html`<${Busy} text=${t("live.judging")} />`}
    <div class="buttons centred"><button class="button" onClick=${() => onDone(null)}>${t("live.stop")}</button></div>
  </div>`;
}

async function run(video, { setStep, setHint, gone }) {
  await placed(video, setHint, gone);
  if (gone()) return null;
  setHint("");
  const session = await call("CreateLivenessSession");
  const { frames, stop } = record(video, setHint);
  const steps = [{ name: "rest" }, ...session.actions.map((action) => ({ name: "act", action })), { name: "rest" }];
  for (const [index, step] of steps.entries()) {
    if (gone()) break;
    setStep({ ...step, progress: index / steps.length });
    await wait(1000 * (step.name === "act" ? ACTION_SECONDS : REST_SECONDS));
  }
  stop();
  if (gone()) return null;
  setHint("");
  setStep({ name: "judge", progress: 1 });
  const taken = await Promise.all(frames);
  const answer = await call("VerifyLiveness", { sessionId: session.sessionId, urls: await Promise.all(taken.map(inline)) });
  return { answer, frames: taken.map((blob) => ({ url: URL.createObjectURL(blob) })) };
}

/** Waits until the face is where it should be; at once where the key may not look. */
async function placed(video, setHint, gone) {
  const light = lightMeter();
  for (let good = 0; good < GOOD && !gone() && may("DetectFace"); await wait(LOOK)) {
    const place = await looked(video);
    if (place === null) continue;
    const wrong = place || light(video);
    setHint(wrong);
    good = wrong ? 0 : good + 1;
  }
}

/** What should change about the face's place, "" for nothing; null where a busy stack did not tell: the next look may. */
async function looked(video) {
  try {
    return placement(await call("DetectFace", { url: await inline(await still(video)) }));
  } catch (error) {
    if (SLOW.includes(error.code)) return null;
    throw error;
  }
}

function wait(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
