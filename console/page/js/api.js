// Calls of the API, signed by the stack that serves this page or, by keys, in the browser.

import { sign } from "./acs3.js";
import { requestOf, unsignedOf } from "./operations.js";
import { connection, session } from "./session.js";
import { value } from "./store.js";

const KEPT = 30;

/** This page's last calls, the newest first: {action, at, milliseconds, status}; status 0 where nobody answered. */
export const calls = value([]);
let count = 0;

/** An answer that is no result. `code` is the catalogue's name of what is wrong, `green` Green's number. */
export class ApiError extends Error {
  constructor({ status = 0, code, green, message = "", requestId = "" }) {
    super(message || code);
    Object.assign(this, { status, code, green, requestId });
  }
}

/** The data that the operation answers. Raises ApiError. */
export async function call(action, body = {}) {
  const answer = await ask(action, body);
  const { Code, code } = answer.json;
  if (answer.status >= 400 || (code !== undefined && code !== 200) || answer.json.Success === false) {
    throw new ApiError({
      status: answer.status,
      code: typeof Code === "string" ? Code : `HTTP.${answer.status}`,
      green: code,
      message: answer.json.Message ?? answer.json.msg ?? "",
      requestId: answer.json.RequestId ?? answer.json.requestId ?? "",
    });
  }
  return answer.json.Data ?? answer.json.data ?? answer.json;
}

/** The error of one task or image in an answer that is otherwise good. */
export function entryError(entry) {
  return new ApiError({ status: 200, code: `Green.${entry.code}`, green: entry.code, message: entry.msg });
}

/** What an operator's desk of a local stack answers. Raises ApiError. */
export async function desk(name, body = {}) {
  const request = { path: `/${name}`, type: "application/json", body: JSON.stringify(body) };
  const answer = await send(`desk${request.path}`, { "Content-Type": request.type }, request.body);
  if (answer.status >= 400) {
    throw new ApiError({ status: answer.status, code: answer.json.Code ?? "Console", message: answer.json.Message });
  }
  return answer.json;
}

async function ask(action, body) {
  const [at, started] = [new Date(), performance.now()];
  let status = 0;
  try {
    const answer = await signed(action, body);
    ({ status } = answer);
    return answer;
  } finally {
    const told = { key: ++count, action, at, milliseconds: performance.now() - started, status };
    calls.set([told, ...calls.get()].slice(0, KEPT));
  }
}

async function signed(action, body) {
  const keys = session.keys();
  if (!keys) {
    const request = unsignedOf(action, body);
    return send(`api${request.path}`, { "Content-Type": request.type, Accept: "application/json" }, request.body);
  }
  const request = requestOf(action, body);
  const headers = await sign(keys, { ...request, host: location.host });
  return send(request.path, { ...headers, Accept: "application/json" }, request.body);
}

async function send(address, headers, body) {
  let response, text;
  try {
    response = await fetch(address, { method: "POST", headers, body, credentials: "same-origin", cache: "no-store" });
    text = await response.text();
  } catch {
    connection.set("gone");
    throw new ApiError({ code: "Offline" });
  }
  if (connection.get() === "gone") connection.set("ok");
  let json;
  try {
    json = JSON.parse(text);
  } catch {
    throw new ApiError({ status: response.status, code: `HTTP.${response.status}` });
  }
  if (response.status === 401 && !session.keys()) {
    connection.set("ended");
    throw new ApiError({ status: 401, code: "SessionEnded" });
  }
  return { status: response.status, json };
}
