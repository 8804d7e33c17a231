// The tabs, in the order of the navigation. The first one's scripts come with the page, the others' once it stands.

import { Compare } from "./tabs/compare.js";

const LATER = {
  faces: async () => (await import("./tabs/faces.js")).Faces,
  library: async () => (await import("./tabs/library.js")).Library,
  search: async () => (await import("./tabs/search.js")).Search,
  liveness: async () => (await import("./tabs/liveness.js")).Liveness,
  scans: async () => (await import("./tabs/scans.js")).Scans,
  clients: async () => (await import("./tabs/clients.js")).Clients,
  health: async () => (await import("./tabs/health.js")).Health,
};
export const TABS = ["compare", ...Object.keys(LATER)];

/** Of each tab whose scripts are there, what it shows. */
export const views = { compare: Compare };

/** Waits for a tab's scripts. */
export async function load(tab) {
  if (tab in views) return;
  await fetchAll();
  views[tab] = await LATER[tab]();
}

let fetched;

/** Fetches the scripts of all tabs, with their hashes, which an import alone would not look at. */
export function fetchAll() {
  fetched ??= Promise.all([...document.querySelectorAll("link[data-module]")].map(({ href, integrity }) => {
    const link = Object.assign(document.createElement("link"), { rel: "modulepreload", integrity, href });
    return new Promise((resolve, reject) => {
      link.onload = resolve;
      link.onerror = () => reject(new Error("page.part"));
      document.head.append(link);
    });
  }));
  return fetched;
}
