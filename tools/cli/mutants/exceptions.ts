/** Edits that the gate judges wrongly today, by name, each with the reason. */
export const exceptions: Readonly<Record<string, string>> = {
  'clock-no-notice-at-night': 'All lives were recorded at the same hour.',
};
