// What an error means and what to do about it, by the catalogue of its code.

import { has, t } from "./i18n.js";

const GREEN = {
  280: "processing", 400: "field", 401: "permission", 403: "permission", 404: "missing", 480: "download", 500: "internal", 503: "busy",
  580: "busy", 581: "slow", 585: "busy", 586: "model", 587: "busy", 588: "quota", 589: "large", 590: "unreadable",
  591: "busy", 592: "download", 594: "expired", 596: "permission",
};
const KINDS = {
  Offline: "offline",
  SessionEnded: "ended",
  Console: "console",
  "Error.NoPermissionAccess": "permission",
  NoPermission: "door",
  "InvalidAccessKeyId.NotFound": "key",
  "InvalidAccessKeyId.Inactive": "inactive",
  SignatureDoesNotMatch: "secret",
  IncompleteSignature: "secret",
  "InvalidTimeStamp.Expired": "clock",
  SignatureNonceUsed: "again",
  MissingSecurityToken: "token",
  "InvalidSecurityToken.Expired": "tokenExpired",
  "InvalidSecurityToken.MismatchWithAccessKey": "token",
  "Throttling.User": "throttled",
  "Error.NoFaceDetected": "noFace",
  "InvalidParam.SeveralFaces": "severalFaces",
  "InvalidParam.FaceTooSmall": "small",
  "InvalidParam.FaceBlurred": "blurred",
  "InvalidParam.FaceTurned": "turned",
  "InvalidParam.FacePoor": "poor",
  "InvalidParam.FaceCovered": "covered",
  "InvalidParam.FaceConflict": "conflict",
  "InvalidParam.FacePicNotGiven": "facePic",
  "InvalidParam.ParamMissing": "field",
  "InvalidParam.ImageNotFound": "download",
  "InvalidParam.PersonExists": "exists",
  "InvalidParam.PersonNotExists": "noPerson",
  "InvalidParam.GroupNotExists": "noGroup",
  "InvalidParam.TaskExpired": "expired",
  "InvalidParam.SessionUsed": "used",
  "InvalidParam.SessionExpired": "late",
  "QuotaExceeded.Groups": "quota",
  "QuotaExceeded.Faces": "quota",
  "Error.ModelChanged": "model",
  "Error.Timeout": "slow",
  "Error.Contended": "busy",
  "Error.Busy": "busy",
  "HTTP.413": "large",
  "HTTP.429": "throttled",
  "HTTP.504": "slow",
};
/** What Green says of one image in an answer that is otherwise good: its number does not tell them apart. */
const SAID = [
  [/No face detected/, "noFace"],
  [/more than one face/, "severalFaces"],
  [/too small/, "small"],
  [/too blurred/, "blurred"],
  [/turned too far/, "turned"],
  [/cannot be seen well/, "poor"],
  [/is covered/, "covered"],
  [/like another person/, "conflict"],
];

/** {meaning, remedy} of an error, in the page's language. */
export function meaningOf(error) {
  if (has(error.message)) return { meaning: t(error.message), remedy: has(`${error.message}.remedy`) ? t(`${error.message}.remedy`) : "" };
  const kind = KINDS[error.code] ?? SAID.find(([words]) => words.test(error.message))?.[1] ?? GREEN[error.green] ?? "other";
  if (kind === "console") return { meaning: error.message, remedy: "" };
  return { meaning: t(`error.${kind}`), remedy: t(`error.${kind}.remedy`) };
}
