// Texts in two languages: by the browser at first, by the switch from then on.

const KEY = "visage.language";

export const languages = { en: "English", zh: "中文" };

let language = pick();
let texts = {};
const early = fetchTexts(language);

function pick() {
  const chosen = localStorage.getItem(KEY);
  if (chosen in languages) return chosen;
  return navigator.languages.some((each) => /^zh\b/i.test(each)) && !/^en\b/i.test(navigator.language) ? "zh" : "en";
}

export function currentLanguage() {
  return language;
}

/** Waits for the texts of the language in which the page begins. */
export async function loadTexts() {
  speak(language, await early);
}

export async function setLanguage(chosen) {
  speak(chosen, await fetchTexts(chosen));
  localStorage.setItem(KEY, chosen);
}

function speak(chosen, its) {
  [language, texts] = [chosen, its];
  document.documentElement.lang = chosen === "zh" ? "zh-CN" : "en";
}

/** A language's texts, whose address and hash the page has. */
async function fetchTexts(chosen) {
  const { href, integrity } = document.querySelector(`link[data-texts="${chosen}"]`);
  return (await fetch(href, { integrity })).json();
}

/** The text of this name, `{name}` in it filled in. With a `count`, a text that is a list has one form for 1. */
export function t(name, values = {}) {
  let text = texts[name];
  if (text === undefined) return name;
  if (Array.isArray(text)) text = values.count === 1 ? text[0] : text[1];
  return text.replace(/\{(\w+)\}/g, (whole, key) => (key in values ? format(values[key]) : whole));
}

/** Whether there is a text of this name. */
export function has(name) {
  return name in texts;
}

/** A number as this language writes it. */
export function format(value, options) {
  return typeof value === "number" ? new Intl.NumberFormat(locale(), options).format(value) : String(value);
}

export function formatTime(date) {
  return new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "medium" }).format(date);
}

function locale() {
  return language === "zh" ? "zh-CN" : "en-GB";
}
