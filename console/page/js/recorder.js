// Frames of a camera for interactive liveness, and what can be told of them at once.

import { draw } from "./pictures.js";

export const ACTION_SECONDS = 2.1;
export const REST_SECONDS = 0.7;
const MOST_FRAMES = 58; // of 60 that a call takes
const INTERVAL = 0.18; // seconds: the checks are made for 5 to 15 frames a second, and fewer are judged sooner
const SIDE = 480; // pixels of a frame's longer side
const SMALL = 32;
const FAST = 34; // of 255: the mean change between two frames beyond which a movement is too fast
const DARK = 60;
const BRIGHT = 235;

/** A JPEG of what the video shows. */
export function still(video, side = SIDE) {
  const { videoWidth: width, videoHeight: height } = video;
  const scale = side / Math.max(width, height);
  return draw(video, Math.round(width * scale), Math.round(height * scale), 0.8);
}

/**
 * Takes frames of the camera, never the same picture twice, until `stop` is called: {frames (promises of JPEGs), stop()}.
 * `onHint(name or "")` hears what is wrong meanwhile.
 */
export function record(video, onHint) {
  const frames = [];
  const light = meter();
  let ended = false;
  let last = -Infinity;
  const next = (_now, { mediaTime }) => {
    if (ended) return;
    if (mediaTime - last >= INTERVAL * 0.95 && frames.length < MOST_FRAMES) {
      last = mediaTime;
      frames.push(still(video));
      onHint(light(video));
    }
    video.requestVideoFrameCallback(next);
  };
  video.requestVideoFrameCallback(next);
  return { frames, stop: () => void (ended = true) };
}

/** A function that says what is wrong with light and speed, from one picture to the next. */
function meter() {
  const canvas = new OffscreenCanvas(SMALL, SMALL);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  let before = null;
  return (video) => {
    // the middle of the picture, where the face is
    const { videoWidth: width, videoHeight: height } = video;
    context.drawImage(video, width * 0.25, height * 0.15, width * 0.5, height * 0.7, 0, 0, SMALL, SMALL);
    const { data } = context.getImageData(0, 0, SMALL, SMALL);
    const grey = new Float32Array(SMALL * SMALL);
    for (let i = 0; i < grey.length; i++) grey[i] = 0.3 * data[4 * i] + 0.6 * data[4 * i + 1] + 0.1 * data[4 * i + 2];
    const mean = grey.reduce((sum, each) => sum + each, 0) / grey.length;
    const change = before ? grey.reduce((sum, each, i) => sum + Math.abs(each - before[i]), 0) / grey.length : 0;
    before = grey;
    if (mean < DARK) return "dark";
    if (mean > BRIGHT) return "bright";
    return change > FAST ? "slower" : "";
  };
}

export const lightMeter = meter;

/** What should change before a session can start, by the faces that were found in a picture: "" when nothing. */
export function placement({ faces, extras }) {
  const [width, height] = [Number(extras.width), Number(extras.height)];
  if (!faces.length) return "noFace";
  const [{ location, quality }, second] = faces;
  if (second && second.location.w * second.location.h > 0.2 * location.w * location.h) return "several";
  const share = location.h / Math.min(height, width * 1.34);
  if (share < 0.36) return "closer";
  if (share > 0.82) return "farther";
  const [across, down] = [(location.x + location.w / 2) / width - 0.5, (location.y + location.h / 2) / height - 0.5];
  if (Math.abs(across) > 0.17 || Math.abs(down) > 0.2) return "centre";
  if (Math.abs(quality.yaw) > 20 || Math.abs(quality.pitch) > 22) return "straight";
  return quality.blur > 8 ? "steady" : "";
}
