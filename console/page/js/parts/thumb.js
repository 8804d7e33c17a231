// A kept picture of an enrolled face.

import { html, useEffect, useState } from "../../vendor/preact.js";
import { t } from "../i18n.js";
import { faces } from "../people.js";
import { Icon } from "./icons.js";

/** `url` where it is known; else it is asked for. A link that has ended is asked for anew, once. */
export function Thumb({ personId, faceId, url, label }) {
  const [address, setAddress] = useState(url);
  const [tried, setTried] = useState(Boolean(!url));
  const ask = () => faces(personId, [faceId]).then(([face]) => setAddress(face?.url), () => setAddress(undefined));
  useEffect(() => {
    setAddress(url);
    if (!url && faceId) ask();
  }, [url, faceId]);
  const failed = () => {
    if (!tried) ask();
    setTried(true);
    setAddress(undefined);
  };
  return html`<span class="view thumb">
    ${address
      ? html`<img src=${address} alt=${label} loading="lazy" onError=${failed} />`
      : html`<span class="thumb-none" role="img" aria-label=${t("thumb.none", { name: label })}><${Icon} name="faces" size="36" /></span>`}
  </span>`;
}
