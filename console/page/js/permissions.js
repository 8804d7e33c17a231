// What a typed key may do. No operation tells; but permission is checked before parameters, so a call without any is
// answered 596 where it is forbidden and with what is wrong about its parameters where it is allowed. It does nothing.

import { ApiError, call, desk } from "./api.js";
import { isLocal } from "./session.js";

const ASKED = [
  "DetectFace", "ImageSyncScan", "ImageAsyncScan", "AddPerson", "SetPerson", "DeletePerson", "AddGroups", "DeleteGroups", "AddFaces",
  "DeleteFaces", "VerifyLiveness", "ManageClients",
];
const REFUSED = "Error.NoPermissionAccess";
const ABSENT = "InvalidAction.NotFound"; // no deployment need have ManageClients

/** The operations that the key may not call. Raises ApiError where the key itself is refused. */
export async function forbidden(keys) {
  if (isLocal) {
    await allowed("GetPerson"); // is the key itself good?
    const { allow } = await desk("rights", { id: keys.id });
    const all = allow.includes("*");
    return ASKED.filter((action) => !allow.includes(action) && (!all || action === "ManageClients"));
  }
  const told = await Promise.all(ASKED.map(async (action) => [action, await allowed(action)]));
  return told.filter(([, yes]) => !yes).map(([action]) => action);
}

async function allowed(action) {
  try {
    await call(action);
    return true;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.code === REFUSED || error.code === ABSENT) return false;
    if (error.code.startsWith("InvalidParam.")) return true;
    throw error;
  }
}
