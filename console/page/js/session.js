// Who calls: the local stack's client, or keys that were typed in and live in this tab alone.

import { value } from "./store.js";

const KEY = "visage.keys";

/** Whether this page is served by a local stack, which signs. */
export const isLocal = document.documentElement.dataset.mode === "local";

/** `ok`, `gone` (nobody answers) or `ended` (the local session). */
export const connection = value("ok");

/** What is known of the caller: {keyId, forbidden, …}; null before it is known, and while nobody is signed in. */
export const caller = value(null);

export const session = {
  /** The typed keys, {id, secret, token}; null where the stack signs or nobody is signed in. */
  keys() {
    const text = sessionStorage.getItem(KEY);
    return text ? JSON.parse(text) : null;
  },
  signIn(keys) {
    sessionStorage.setItem(KEY, JSON.stringify(keys));
  },
  forget() {
    sessionStorage.removeItem(KEY);
  },
  signOut() {
    this.forget();
    caller.set(null);
  },
};

/** Whether the caller may call an operation; unknown means yes, as the answer will tell. */
export function may(action) {
  return !caller.get()?.forbidden?.includes(action);
}
