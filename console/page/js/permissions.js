// What a typed key may do. No operation tells; but permission is checked before parameters, so a call without any is
// answered 596 where it is forbidden and with what is wrong about its parameters where it is allowed. It does nothing.

import { ApiError, call } from "./api.js";

const ASKED = [
  "DetectFace", "CompareFaces", "ImageSyncScan", "ImageAsyncScan", "ImageAsyncScanResults", "SearchPerson", "GetPersons",
  "GetPerson", "GetFaces", "AddPerson", "SetPerson", "DeletePerson", "AddGroups", "DeleteGroups", "AddFaces",
  "DeleteFaces", "VerifyLiveness",
];
const BY_OTHERS = { CreateLivenessSession: "VerifyLiveness", GetGroups: "GetPersons" }; // these have no parameters
const REFUSED = "Error.NoPermissionAccess";

/** The operations that the key may call. Raises ApiError where the key itself is refused. */
export async function permissions() {
  const told = await Promise.all(ASKED.map(async (action) => [action, await allowed(action)]));
  const allow = told.filter(([, yes]) => yes).map(([action]) => action);
  return [...allow, ...Object.keys(BY_OTHERS).filter((action) => allow.includes(BY_OTHERS[action]))];
}

async function allowed(action) {
  try {
    await call(action, action === "ImageAsyncScanResults" ? [] : {});
    return true;
  } catch (error) {
    if (!(error instanceof ApiError) || error.code === "Offline") throw error;
    if (error.code === REFUSED) return false;
    if (error.code.startsWith("InvalidParam.")) return true;
    throw error;
  }
}
