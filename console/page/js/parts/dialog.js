// A dialog over the page.

import { html, useEffect, useRef } from "../../vendor/preact.js";
import { t } from "../i18n.js";
import { Icon } from "./icons.js";

export function Dialog({ title, onClose, children }) {
  const dialog = useRef(null);
  useEffect(() => {
    dialog.current.showModal();
  }, []);
  return html`<dialog ref=${dialog} class="dialog" aria-label=${title} onClose=${onClose}>
    <header>
      <h2>${title}</h2>
      <button class="icon-button" aria-label=${t("close")} onClick=${() => dialog.current.close()}><${Icon} name="close" /></button>
    </header>
    ${children}
  </dialog>`;
}
