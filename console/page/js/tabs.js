// The tabs, in the order of the navigation.

import { Compare } from "./tabs/compare.js";
import { Faces } from "./tabs/faces.js";

export const TABS = {
  compare: { icon: "compare", view: Compare },
  faces: { icon: "faces", view: Faces },
};
