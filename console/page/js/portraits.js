// Portraits to try the page with, where the local stack has some.

import { useEffect, useState } from "../vendor/preact.js";
import { openPicture } from "./pictures.js";
import { isLocal } from "./session.js";

let known;

/** {compare: [names], faces: [name], …}; empty where there are none. */
export function useSamples() {
  const [samples, set] = useState(known ?? {});
  useEffect(() => {
    if (known || !isLocal) return;
    fetch("portraits/list.json").then((answer) => (answer.ok ? answer.json() : {})).then((told) => set((known = told)), () => {});
  }, []);
  return samples;
}

export async function openSamples(names) {
  return Promise.all(names.map(async (name) => openPicture(await (await fetch(`portraits/${name}`)).blob(), name)));
}
