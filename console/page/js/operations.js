// The operations that the page calls, and how each is asked for.

export const PATHS = {
  DetectFace: "/green/face/detect",
  ImageSyncScan: "/green/image/scan",
  ImageAsyncScan: "/green/image/asyncscan",
  ImageAsyncScanResults: "/green/image/results",
  SearchPerson: "/green/sface/search",
  AddPerson: "/green/sface/person/add",
  SetPerson: "/green/sface/person/update",
  GetPerson: "/green/sface/person",
  DeletePerson: "/green/sface/person/delete",
  AddGroups: "/green/sface/person/groups/add",
  DeleteGroups: "/green/sface/person/groups/delete",
  GetGroups: "/green/sface/groups",
  GetPersons: "/green/sface/group/persons",
  AddFaces: "/green/sface/face/add",
  GetFaces: "/green/sface/faces",
  DeleteFaces: "/green/sface/face/delete",
  CreateLivenessSession: "/green/face/liveness/session",
  VerifyLiveness: "/green/face/liveness/verify",
  ManageClients: "/visage/clients",
};

const GREEN = { "x-acs-version": "2018-05-09" };
const RPC = { CompareFaces: { "x-acs-version": "2019-03-07", "x-acs-action": "CompareFaces" } };

/** What is sent for an operation: path, content type, body and the headers that name it. */
export function requestOf(action, body) {
  if (action in RPC) {
    const form = new URLSearchParams(body).toString();
    return { path: "/", type: "application/x-www-form-urlencoded", body: form, more: RPC[action], action };
  }
  return { path: PATHS[action], type: "application/json", body: JSON.stringify(body), more: GREEN, action };
}

/** The same for a stack that signs: RPC v1 has the action among its parameters. */
export function unsignedOf(action, body) {
  const request = requestOf(action, body);
  if (!(action in RPC)) return request;
  return { ...request, body: `Action=${action}&Version=2019-03-07&Format=JSON&${request.body}` };
}
