// Texts in two languages: by the browser at first, by the switch from then on.

import en from "./texts/en.js";
import zh from "./texts/zh.js";

const TEXTS = { en, zh };
const KEY = "visage.language";

let language = pick();

function pick() {
  const chosen = localStorage.getItem(KEY);
  if (chosen in TEXTS) return chosen;
  return navigator.languages.some((each) => /^zh\b/i.test(each)) && !/^en\b/i.test(navigator.language) ? "zh" : "en";
}

export const languages = { en: "English", zh: "中文" };

export function currentLanguage() {
  return language;
}

export function setLanguage(chosen) {
  language = chosen;
  localStorage.setItem(KEY, chosen);
  reflect();
}

export function reflect() {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
}

/** The text of this name, `{name}` in it filled in. With a `count`, a text that is a list has one form for 1. */
export function t(name, values = {}) {
  let text = TEXTS[language][name] ?? TEXTS.en[name];
  if (text === undefined) return name;
  if (Array.isArray(text)) text = values.count === 1 ? text[0] : text[1];
  return text.replace(/\{(\w+)\}/g, (whole, key) => (key in values ? format(values[key]) : whole));
}

/** Whether there is a text of this name. */
export function has(name) {
  return name in TEXTS.en;
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
