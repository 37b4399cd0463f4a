/** The palette: ink and persimmon. tokens.css holds the same values for style sheets; a test keeps the two equal. */
export const colour = {
  ink: "#1f1d1a",
  inkSoft: "#4a463f",
  secondary: "#6b665e",
  faint: "#7a746a",
  stone: "#b5ada0",
  lineStrong: "#d6cfc4",
  line: "#e8e4dd",
  sunken: "#f3f0ea",
  ground: "#faf8f5",
  surface: "#fffefd",
  accent: "#c8461b",
  accentHover: "#a93a15",
  accentTint: "#fbeee8",
  good: "#2f7d4f",
  goodTint: "#f0f7f2",
  warning: "#b7791f",
  warningInk: "#805311",
  warningTint: "#fbf3e1",
  bad: "#b3261e",
  badTint: "#fbebe9",
  info: "#2f5d8a",
  infoTint: "#eaf1f7",
} as const;

/** Eight categories told apart by colour-blind eyes too; use in this order. */
export const category = [
  "#2f5d8a",
  "#d9a441",
  "#3f9c8f",
  "#7a4e7e",
  "#7fb2d6",
  "#7d8c3c",
  "#c98079",
  "#8f8a80",
] as const;

export const font =
  '-apple-system, BlinkMacSystemFont, "Segoe UI", Inter, Roboto, "PingFang SC", "Noto Sans SC", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif';

export const mono = 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Noto Sans Mono CJK SC", monospace';

/** Milliseconds; only to show where something went. */
export const motion = { quick: 120, calm: 180 } as const;
