// Pictures from files, the clipboard and the camera, made fit to be sent.

const MOST_BYTES = 2 * 2 ** 20; // of an image, by the contract
const MOST_SIDE = 2000;

/** {blob, url, width, height, name, reduced}. Raises an Error whose message is a text's name. */
export async function openPicture(blob, name = "") {
  const bitmap = await decode(blob);
  let { width, height } = bitmap;
  let kept = blob;
  const reduced = blob.size > MOST_BYTES * 0.95;
  if (reduced) {
    const scale = Math.min(1, MOST_SIDE / Math.max(width, height));
    [width, height] = [Math.round(width * scale), Math.round(height * scale)];
    kept = await draw(bitmap, width, height, 0.9);
  }
  bitmap.close();
  return { blob: kept, url: URL.createObjectURL(kept), width, height, name: name || blob.name || "", reduced };
}

export function closePicture(picture) {
  if (picture) URL.revokeObjectURL(picture.url);
}

/** The address of an image that is sent along. */
export async function inline(blob) {
  const reader = new FileReader();
  await new Promise((resolve, reject) => {
    reader.onload = resolve;
    reader.onerror = reject;
    reader.readAsDataURL(blob);
  });
  return "base64://" + reader.result.slice(reader.result.indexOf(",") + 1);
}

/** A JPEG of what a canvas can draw. */
export async function draw(source, width, height, quality = 0.85) {
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d").drawImage(source, 0, 0, width, height);
  return canvas.convertToBlob({ type: "image/jpeg", quality });
}

async function decode(blob) {
  try {
    return await createImageBitmap(blob, { imageOrientation: "from-image" });
  } catch {
    throw new Error("picture.unreadable");
  }
}

/** The image files of a drop, those in its folders too: [{file, path}]. */
export async function dropped(transfer) {
  const entries = [...(transfer.items ?? [])].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return [...transfer.files].filter(isImage).map((file) => ({ file, path: file.name }));
  const found = [];
  for (const entry of entries) await walk(entry, found);
  return found;
}

export function isImage(file) {
  return file.type.startsWith("image/");
}

async function walk(entry, found) {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    if (isImage(file)) found.push({ file, path: entry.fullPath.replace(/^\//, "") });
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const part = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!part.length) return;
    for (const each of part) await walk(each, found);
  }
}
