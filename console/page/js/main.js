// The frame: navigation, switches, who calls, and the tabs. A tab that was opened stays as it was left.

import { html, render, useEffect, useState } from "../vendor/preact.js";
import { currentLanguage, languages, loadTexts, setLanguage, t } from "./i18n.js";
import { connection, isLocal } from "./session.js";
import { Connection, SignIn, Who, useCaller } from "./parts/access.js";
import { Icon } from "./parts/icons.js";
import { Busy, Failure } from "./parts/notice.js";
import { fetchAll, load, TABS, views } from "./tabs.js";
import { applyTheme, nextTheme, theme } from "./theme.js";

function App() {
  const [, draw] = useState(0);
  const again = () => draw((count) => count + 1);
  const tab = useTab();
  const caller = useCaller();
  const [opened, setOpened] = useState([tab]);
  useEffect(() => setOpened((before) => (before.includes(tab) ? before : [...before, tab])), [tab]);
  useEffect(() => {
    document.title = `${t(`tab.${tab}`)} – Visage`;
  });
  useEffect(centreTab, [tab]);
  const signedIn = isLocal || caller;
  return html`<a class="skip" href="#main" onClick=${skip}>${t("skip")}</a>
    <header class="top">
      <a class="brand" href="#/compare"><${Logo} /> <span>Visage</span></a>
      <div class="top-tools">
        <${Who} />
        <button class="icon-button" aria-label=${t("theme", { now: t(`theme.${theme()}`) })} title=${t(`theme.${theme()}`)}
          onClick=${() => (nextTheme(), again())}><${Icon} name=${theme() === "dark" ? "moon" : "sun"} /></button>
        <button class="button button-quiet language" lang=${other() === "zh" ? "zh-CN" : "en"}
          onClick=${() => setLanguage(other()).then(again, () => connection.set("gone"))}>${languages[other()]}</button>
      </div>
    </header>
    <nav class="tabs" aria-label=${t("tabs")}>
      ${TABS.map((name) => html`<a key=${name} href=${`#/${name}`}
        aria-current=${name === tab ? "page" : undefined}><${Icon} name=${name} /><span>${t(`tab.${name}`)}</span></a>`)}
    </nav>
    <main id="main" tabindex="-1">
      <${Connection} />
      ${signedIn
        ? TABS.filter((name) => name === tab || opened.includes(name)).map((name) => html`<div key=${name}
            class="tab" hidden=${name !== tab}>
            <h1>${t(`tab.${name}`)}</h1>
            <p class="lead">${t(`${name}.lead`)}</p>
            <${Content} tab=${name} shown=${name === tab} />
          </div>`)
        : html`<${SignIn} />`}
    </main>`;
}

/** What a tab shows, once its scripts are there. */
function Content({ tab, shown }) {
  const [failed, setFailed] = useState(null);
  const [, draw] = useState(0);
  useEffect(() => {
    load(tab).then(() => draw(1), setFailed);
  }, [tab]);
  const View = views[tab];
  if (View) return html`<${View} shown=${shown} />`;
  return failed ? html`<${Failure} error=${failed} onRetry=${() => location.reload()} />` : html`<${Busy} />`;
}

function Logo() {
  return html`<svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
    <path d="M16 4c6 0 9 4.200 9 9.800C25 21 21.500 28 16 28S7 21 7 13.800C7 8.200 10 4 16 4Z" />
    <path d="M11.500 14h2M18.500 14h2M12.800 20.500c2 1.500 4.400 1.500 6.400 0" />
  </svg>`;
}

function useTab() {
  const [tab, setTab] = useState(read());
  useEffect(() => {
    const follow = () => {
      setTab(read());
      scrollTo(0, 0);
    };
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  return tab;
}

function read() {
  const name = location.hash.replace(/^#\//, "");
  return TABS.includes(name) ? name : TABS[0];
}

/** Scrolls the bar of tabs alone: scrollIntoView would have the Tab key go on from there, past the link that skips. */
function centreTab() {
  const bar = document.querySelector(".tabs");
  const link = bar.querySelector("[aria-current]");
  bar.scrollLeft = link.offsetLeft - bar.offsetLeft - (bar.clientWidth - link.offsetWidth) / 2;
}

function skip(event) {
  event.preventDefault();
  document.getElementById("main").focus();
}

function other() {
  return currentLanguage() === "zh" ? "en" : "zh";
}

applyTheme();
await Promise.all([loadTexts(), load(read()).catch(() => {})]);
render(html`<${App} />`, document.getElementById("app"));
performance.mark("ready");
(globalThis.requestIdleCallback ?? setTimeout)(() => fetchAll().catch(() => {}));
