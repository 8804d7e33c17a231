// The tabs, in the order of the navigation.

import { Compare } from "./tabs/compare.js";
import { Faces } from "./tabs/faces.js";
import { Library } from "./tabs/library.js";
import { Liveness } from "./tabs/liveness.js";
import { Search } from "./tabs/search.js";

export const TABS = {
  compare: { icon: "compare", view: Compare },
  faces: { icon: "faces", view: Faces },
  library: { icon: "library", view: Library },
  search: { icon: "search", view: Search },
  liveness: { icon: "liveness", view: Liveness },
};
