// The tabs, in the order of the navigation.

import { Clients } from "./tabs/clients.js";
import { Compare } from "./tabs/compare.js";
import { Faces } from "./tabs/faces.js";
import { Health } from "./tabs/health.js";
import { Library } from "./tabs/library.js";
import { Liveness } from "./tabs/liveness.js";
import { Scans } from "./tabs/scans.js";
import { Search } from "./tabs/search.js";

export const TABS = {
  compare: { icon: "compare", view: Compare },
  faces: { icon: "faces", view: Faces },
  library: { icon: "library", view: Library },
  search: { icon: "search", view: Search },
  liveness: { icon: "liveness", view: Liveness },
  scans: { icon: "scans", view: Scans },
  clients: { icon: "clients", view: Clients },
  health: { icon: "health", view: Health },
};
