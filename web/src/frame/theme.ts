import { createStore } from '../state/store.js';

export const themes = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const storageName = 'orderflow.theme';

export const theme = createStore<Theme>(themes.find((each) => each === localStorage.getItem(storageName)) ?? 'auto');

export function chooseTheme(next: Theme): void {
  localStorage.setItem(storageName, next);
  theme.set(next);
}

function follow(): void {
  document.documentElement.dataset.theme = theme.get();
}
follow();
theme.subscribe(follow);
