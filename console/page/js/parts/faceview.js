// A picture with what is known of its faces; it can come closer to one of them.

import { html } from "../../vendor/preact.js";

const MARGIN = 0.45; // of the box, around it, when the view is close

/**
 * The view box that is close to a face's location in a picture, of the given shape (w / h); inside the picture where
 * it fits.
 */
export function closeTo(picture, { x, y, w, h }, shape) {
  const height = Math.max(h * (1 + 2 * MARGIN), (w * (1 + 2 * MARGIN)) / shape);
  const width = height * shape;
  const left = within(x + w / 2 - width / 2, picture.width - width);
  const top = within(y + h / 2 - height / 2 - h * 0.06, picture.height - height);
  return `${left} ${top} ${width} ${height}`;
}

function within(at, most) {
  return most < 0 ? most / 2 : Math.min(Math.max(at, 0), most);
}

/**
 * `faces`: [{location {x, y, w, h}, mesh?, quality?}], in pixels of the picture. `focus` is the one to come close to;
 * `selected` the one that is marked; `shape` the view's width by its height; `onSelect(index)` makes boxes buttons.
 */
export function FaceView({ picture, faces = [], focus, selected, shape, label, onSelect, show = {} }) {
  const whole = `0 0 ${picture.width} ${picture.height}`;
  const ratio = shape ?? picture.width / picture.height;
  const view = focus ? closeTo(picture, focus.location, ratio) : whole;
  return html`<div class="view" style=${{ aspectRatio: `${ratio}` }}>
    <svg viewBox=${view} preserveAspectRatio=${focus ? "xMidYMid slice" : "xMidYMid meet"} role="img" aria-label=${label}>
      <image href=${picture.url} width=${picture.width} height=${picture.height} />
      ${faces.map((face, index) => html`<${Marks} key=${index} face=${face} show=${show} marked=${
        selected === undefined || index === selected} many=${faces.length > 1} number=${index + 1} />`)}
    </svg>
    ${onSelect && faces.map((face, index) => html`<button key=${index} class="view-target" style=${place(face, picture)}
      aria-pressed=${index === selected} aria-label=${onSelect.label(index)} onClick=${() => onSelect(index)} />`)}
  </div>`;
}

function Marks({ face, show, marked, many, number }) {
  const { x, y, w, h } = face.location;
  const line = Math.max(w, h) / 90;
  return html`<g class=${marked ? "marks" : "marks marks-faint"} style=${{ strokeWidth: line }}>
    ${show.box !== false && html`<path class="box" d=${corners(x, y, w, h)} />`}
    ${show.mesh && face.mesh && html`<path class="mesh" style=${{ strokeWidth: line * 0.8 }} d=${dots(face.mesh)} />`}
    ${show.axes && face.quality && html`<${Axes} face=${face} width=${line * 1.6} />`}
    ${many && show.box !== false && html`<text class="number" x=${x + w / 2} y=${y - h * 0.05} font-size=${
      Math.max(w, h) / 6}>${number}</text>`}
  </g>`;
}

/** A frame of four rounded corners: it marks the face and leaves it free. */
function corners(x, y, w, h) {
  const r = Math.min(w, h) * 0.14;
  const l = Math.min(w, h) * 0.2;
  return [
    `M${x} ${y + l}V${y + r}Q${x} ${y} ${x + r} ${y}H${x + l}`,
    `M${x + w - l} ${y}H${x + w - r}Q${x + w} ${y} ${x + w} ${y + r}V${y + l}`,
    `M${x + w} ${y + h - l}V${y + h - r}Q${x + w} ${y + h} ${x + w - r} ${y + h}H${x + w - l}`,
    `M${x + l} ${y + h}H${x + r}Q${x} ${y + h} ${x} ${y + h - r}V${y + h - l}`,
  ].join("");
}

function dots(points) {
  return points.map(([x, y]) => `M${x} ${y}h0`).join("");
}

function Axes({ face, width }) {
  const { x, y, w, h } = face.location;
  const [cx, cy] = face.mesh ? face.mesh[1] : [x + w / 2, y + h * 0.55];
  const length = Math.max(w, h) * 0.42;
  return axes(face.quality).map(([across, down], index) => html`<line class=${`axis axis-${"xyz"[index]}`}
    style=${{ strokeWidth: width }} x1=${cx} y1=${cy} x2=${cx + length * across} y2=${cy + length * down} />`);
}

/** Where the head's axes point in the picture: across the face, down it, and ahead. Angles in degrees. */
export function axes({ yaw, pitch, roll }) {
  const [a, b, c] = [-yaw, -pitch, roll].map((angle) => (angle * Math.PI) / 180);
  const aboutY = [[Math.cos(a), 0, Math.sin(a)], [0, 1, 0], [-Math.sin(a), 0, Math.cos(a)]];
  const aboutX = [[1, 0, 0], [0, Math.cos(b), -Math.sin(b)], [0, Math.sin(b), Math.cos(b)]];
  const aboutZ = [[Math.cos(c), -Math.sin(c), 0], [Math.sin(c), Math.cos(c), 0], [0, 0, 1]];
  const head = times(times(aboutY, aboutX), aboutZ);
  return [[head[0][0], head[1][0]], [head[0][1], head[1][1]], [-head[0][2], -head[1][2]]];
}

function times(left, right) {
  return left.map((row) => [0, 1, 2].map((j) => row.reduce((sum, each, k) => sum + each * right[k][j], 0)));
}

function place({ location: { x, y, w, h } }, { width, height }) {
  const share = (part, of) => `${(100 * part) / of}%`;
  return { left: share(x, width), top: share(y, height), width: share(w, width), height: share(h, height) };
}
