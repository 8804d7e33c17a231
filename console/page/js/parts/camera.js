// The camera: a stream that ends with its component, and a dialog that takes a photo.

import { html, useEffect, useRef, useState } from "../../vendor/preact.js";
import { t } from "../i18n.js";
import { draw } from "../pictures.js";
import { Icon } from "./icons.js";
import { Failure } from "./notice.js";

/** [video's ref, state]: state is `starting`, `on`, or the name of the text that says why there is none. */
export function useCamera(wanted = true) {
  const video = useRef(null);
  const [state, setState] = useState("starting");
  useEffect(() => {
    if (!wanted) return undefined;
    let stream, left = false;
    setState("starting");
    (async () => {
      try {
        if (!navigator.mediaDevices) throw new DOMException("", "NotSupportedError");
        stream = await navigator.mediaDevices.getUserMedia({
          audio: false, video: { facingMode: "user", width: { ideal: 640 }, height: { ideal: 480 } },
        });
        if (left) return stop(stream);
        video.current.srcObject = stream;
        await video.current.play();
        if (!left) setState("on");
      } catch (error) {
        if (!left) setState(error.name === "NotAllowedError" ? "camera.denied" : "camera.absent");
      }
      return undefined;
    })();
    return () => {
      left = true;
      stop(stream);
    };
  }, [wanted]);
  return [video, state];
}

function stop(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/** A dialog with the camera's picture; `onPhoto(blob)` gets what it shows when the button is pressed. */
export function CameraDialog({ onPhoto, onClose }) {
  const dialog = useRef(null);
  const [video, state] = useCamera();
  useEffect(() => {
    dialog.current.showModal();
  }, []);
  const take = async () => {
    const { videoWidth, videoHeight } = video.current;
    onPhoto(await draw(video.current, videoWidth, videoHeight, 0.92));
    onClose();
  };
  return html`<dialog ref=${dialog} class="camera" aria-label=${t("camera.title")} onClose=${onClose}>
    <video ref=${video} muted playsinline hidden=${state !== "on"}></video>
    ${state === "starting" && html`<p class="camera-wait" role="status">${t("camera.starting")}</p>`}
    ${state.startsWith("camera.") && html`<${Failure} error=${new Error(state)} />`}
    <div class="camera-bar">
      <button class="button button-quiet" onClick=${onClose}>${t("cancel")}</button>
      <button class="button button-main" disabled=${state !== "on"} onClick=${take}>
        <${Icon} name="camera" /> ${t("camera.take")}
      </button>
    </div>
  </dialog>`;
}
