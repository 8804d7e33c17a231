// A place for a picture: dropped, pasted, chosen or photographed.

import { html, useEffect, useRef, useState } from "../../vendor/preact.js";
import { t } from "../i18n.js";
import { closePicture, openPicture } from "../pictures.js";
import { CameraDialog } from "./camera.js";
import { Icon } from "./icons.js";
import { Failure } from "./notice.js";

/**
 * `onPicture(picture or null)`; `takesPaste` says whether what is pasted anywhere goes here; `whole` whether it shows the
 * picture in its own shape; `children` is shown in place of the picture's invitation once there is one.
 */
export function PicturePlace({ title, picture, onPicture, takesPaste, whole, children }) {
  const input = useRef(null);
  const [over, setOver] = useState(false);
  const [camera, setCamera] = useState(false);
  const [error, setError] = useState(null);
  const open = async (blob) => {
    try {
      const opened = await openPicture(blob);
      setError(null);
      closePicture(picture);
      onPicture(opened);
    } catch (caught) {
      setError(caught);
    }
  };
  useEffect(() => {
    if (!takesPaste) return undefined;
    const paste = (event) => {
      const file = [...event.clipboardData.files].find((each) => each.type.startsWith("image/"));
      if (!file) return;
      event.preventDefault();
      open(file);
    };
    document.addEventListener("paste", paste);
    return () => document.removeEventListener("paste", paste);
  });
  const drop = (event) => {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer.files[0];
    if (file) open(file);
  };
  // a tall picture as a whole leaves room for what is said of it
  const width = whole && picture ? `clamp(16rem, ${(34 * picture.width) / picture.height}rem, 46rem)` : "";
  return html`<section class=${over ? "place place-over" : "place"} style=${{ maxWidth: width }} aria-label=${title}
    onDragOver=${(event) => (event.preventDefault(), setOver(true))} onDragLeave=${() => setOver(false)} onDrop=${drop}>
    <header class="place-head">
      <h2>${title}</h2>
      <div class="place-tools">
        <button class="icon-button" title=${t("picture.choose")} aria-label=${`${title}: ${t("picture.choose")}`}
          onClick=${() => input.current.click()}><${Icon} name="upload" /></button>
        <button class="icon-button" title=${t("picture.photograph")} aria-label=${`${title}: ${t("picture.photograph")}`}
          onClick=${() => setCamera(true)}><${Icon} name="camera" /></button>
        ${picture && html`<button class="icon-button" title=${t("picture.remove")} aria-label=${`${title}: ${t("picture.remove")}`}
          onClick=${() => (closePicture(picture), onPicture(null))}><${Icon} name="close" /></button>`}
      </div>
    </header>
    <input ref=${input} type="file" accept="image/*" hidden aria-label=${`${title}: ${t("picture.file")}`}
      onChange=${(event) => (event.target.files[0] && open(event.target.files[0]), (event.target.value = ""))} />
    ${picture ? children : html`<${Invitation} onChoose=${() => input.current.click()} />`}
    ${picture?.reduced && html`<p class="small">${t("picture.reduced", { width: picture.width, height: picture.height })}</p>`}
    <${Failure} error=${error} />
    ${camera && html`<${CameraDialog} onPhoto=${open} onClose=${() => setCamera(false)} />`}
  </section>`;
}

function Invitation({ onChoose }) {
  return html`<div class="invitation" onClick=${onChoose}>
    <svg class="outline" viewBox="0 0 120 150" aria-hidden="true">
      <path d="M60 14c26 0 38 19 38 47 0 31-16 61-38 61S22 92 22 61c0-28 12-47 38-47Z" />
    </svg>
    <p>${t("picture.drop")}</p>
  </div>`;
}
