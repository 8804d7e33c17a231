// Light, dark, or as the system has it.

const KEY = "visage.theme";
const ORDER = ["system", "light", "dark"];

export function theme() {
  const chosen = localStorage.getItem(KEY);
  return ORDER.includes(chosen) ? chosen : "system";
}

export function nextTheme() {
  localStorage.setItem(KEY, ORDER[(ORDER.indexOf(theme()) + 1) % ORDER.length]);
  applyTheme();
}

export function applyTheme() {
  document.documentElement.dataset.theme = theme();
}
