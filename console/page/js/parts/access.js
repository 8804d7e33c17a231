// Who calls, how one signs in with keys, and what is said when nobody answers.

import { html, useEffect, useState } from "../../vendor/preact.js";
import { call, desk } from "../api.js";
import { t } from "../i18n.js";
import { caller, connection, isLocal, session } from "../session.js";
import { useValue } from "../store.js";
import { useCalling } from "../calling.js";
import { forbidden } from "../permissions.js";
import { Icon } from "./icons.js";
import { Busy, Failure } from "./notice.js";

const RETRY = 2000; // milliseconds

/** Who calls; asked for once, and again after a sign-in. */
export function useCaller() {
  const known = useValue(caller);
  useEffect(() => {
    const keys = session.keys();
    if (keys) forbidden(keys).then((none) => caller.set({ keyId: keys.id, forbidden: none, typed: true }), () => session.signOut());
    else if (isLocal) desk("session").then((told) => caller.set(told), () => {});
  }, []);
  return known;
}

/** The caller's key, and the way to another one. */
export function Who() {
  const known = useValue(caller);
  const [asking, ask] = useState(false);
  if (!known) return null;
  const leave = async () => {
    session.signOut();
    if (isLocal) caller.set(await desk("session"));
  };
  return html`<span class="who" title=${known.keyId}>
      <${Icon} name="clients" size="18" /><span class="who-id">${known.keyId}</span>
    </span>
    ${known.typed
      ? html`<button class="button button-quiet" onClick=${leave}>${t("access.leave")}</button>`
      : html`<button class="button button-quiet who-change" onClick=${() => ask(!asking)} aria-expanded=${asking}>${t("access.change")}</button>`}
    ${asking && !known.typed && html`<div class="popover"><${Keys} onDone=${() => ask(false)} /></div>`}`;
}

export function SignIn() {
  return html`<div class="sign-in">
    <h1>${t("access.title")}</h1>
    <p class="lead">${t("access.lead")}</p>
    <${Keys} />
  </div>`;
}

function Keys({ onDone }) {
  const [state, run] = useCalling();
  const enter = (event) => {
    event.preventDefault();
    const given = Object.fromEntries(new FormData(event.target));
    run(async () => {
      const keys = { id: given.id.trim(), secret: given.secret.trim(), token: given.token.trim() };
      session.signIn(keys);
      try {
        caller.set({ keyId: keys.id, forbidden: await forbidden(keys), typed: true });
      } catch (error) {
        session.forget();
        throw error;
      }
      onDone?.();
    });
  };
  return html`<form class="keys" onSubmit=${enter} autocomplete="off">
    <label>AccessKeyId <input name="id" required autocomplete="off" spellcheck="false" /></label>
    <label>AccessKeySecret <input name="secret" type="password" required autocomplete="off" /></label>
    <label>SecurityToken <span class="small">${t("access.token")}</span>
      <input name="token" type="password" autocomplete="off" /></label>
    <p class="small">${t("access.kept")}</p>
    <button class="button button-main" disabled=${state.busy}>${t("access.enter")}</button>
    ${state.busy && html`<${Busy} />`}
    <${Failure} error=${state.error} />
  </form>`;
}

/** A banner while nobody answers or the session has ended. */
export function Connection() {
  const state = useValue(connection);
  useEffect(() => {
    if (state !== "gone") return undefined;
    const timer = setInterval(renew, RETRY);
    addEventListener("online", renew);
    return () => {
      clearInterval(timer);
      removeEventListener("online", renew);
    };
  }, [state]);
  if (state === "ok") return null;
  return html`<div class="banner" role="alert">
    <${Icon} name="alert" />
    <p>${t(`connection.${state}`)}</p>
    <button class="button" onClick=${renew}>${t(state === "ended" ? "connection.renew" : "retry")}</button>
  </div>`;
}

/** Asks for the page, which answers with a session where there is none. */
async function renew() {
  try {
    await fetch("./", { cache: "no-store", credentials: "same-origin" });
    connection.set("ok");
    if (isLocal && !caller.get()) caller.set(await desk("session"));
  } catch {
    connection.set("gone");
  }
}
