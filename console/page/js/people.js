// Persons and groups, as the page reads and changes them.

import { call, entryError } from "./api.js";
import { inline } from "./pictures.js";

const AT_ONCE = 4; // calls
const ID = /^[A-Za-z0-9_-]{1,32}$/;

/** work(item) for each item, a few at a time; the results in the items' order. */
export async function pool(items, work) {
  const results = new Array(items.length);
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const mine = next++;
      results[mine] = await work(items[mine], mine);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker));
  return results;
}

/** [{id, size}], by id. */
export async function groups() {
  const { groupIds } = await call("GetGroups");
  const sizes = await pool(groupIds, async (groupId) => (await call("GetPersons", { groupId, pageSize: 1 })).totalCount);
  return groupIds.map((id, index) => ({ id, size: sizes[index] })).sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** {persons: [person], total} of one page of a group, pages counted from 1. */
export async function members(groupId, currentPage, pageSize) {
  const page = await call("GetPersons", { groupId, currentPage, pageSize });
  const persons = await pool(page.personIds, (personId) => person(personId).catch(() => null)); // deleted meanwhile
  return { persons: persons.filter(Boolean), total: page.totalCount };
}

/** {personId, name, note, groupIds, faceIds, faces: [{faceId, url?}]}. */
export async function person(personId) {
  const told = await call("GetPerson", { personId });
  return { ...told, faces: told.faceIds.length ? await faces(personId) : [] };
}

/** [{faceId, url?}]; links last some minutes. */
export async function faces(personId, faceIds) {
  const { faceImageItems } = await call("GetFaces", faceIds ? { personId, faceIds } : { personId });
  return faceImageItems.filter((each) => each.success).map((each) => ({ faceId: String(each.faceId), url: each.url }));
}

/** What became of one picture: {error} or {faceId, conflicts}. */
export async function addFace(personId, blob) {
  const { faceImageItems } = await call("AddFaces", { personId, urls: [await inline(blob)] });
  const [item] = faceImageItems;
  return item.success ? { faceId: String(item.faceId), conflicts: item.conflicts ?? [] } : { error: entryError(item) };
}

export function isId(text) {
  return ID.test(text);
}

/** An id for a name: the name itself where its letters are allowed, else one that is made of it. */
export async function idOf(name) {
  const plain = name.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").trim().replace(/[\s.]+/g, "_");
  if (isId(plain)) return plain;
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(name)));
  return "p-" + Array.from(hash.slice(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
