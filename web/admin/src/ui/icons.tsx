/** Own line icons on a 16 px grid, drawn with the ink of their place. */
const paths = {
  overview: "M2.5 13.5v-5M6.2 13.5v-9M9.8 13.5V7M13.5 13.5v-11",
  customers: "M8 8.2a2.9 2.9 0 1 0 0-5.8 2.9 2.9 0 0 0 0 5.8ZM2.5 14c.5-2.7 2.7-4 5.5-4s5 1.3 5.5 4",
  segments: "M6.2 10.4a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM9.8 13.6a4 4 0 1 0 0-8 4 4 0 0 0 0 8Z",
  tag: "M2.6 2.6h5.2l5.8 5.8-5.2 5.2-5.8-5.8V2.6ZM5.4 5.4h.1",
  campaigns: "M13.8 2.2 7 9M13.8 2.2l-4.3 11.6L7 9 2.2 6.5l11.6-4.3Z",
  imports: "M8 2v7.5M4.8 6.5 8 9.7l3.2-3.2M2.5 11v2.5h11V11",
  sources: "M5.5 2v3M10.5 2v3M3.8 5h8.4v2.4a4.2 4.2 0 0 1-8.4 0V5ZM8 11.6V14",
  search: "M7 11.8a4.8 4.8 0 1 0 0-9.6 4.8 4.8 0 0 0 0 9.6ZM10.6 10.6l3.2 3.2",
  plus: "M8 3v10M3 8h10",
  minus: "M3 8h10",
  expand: "M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10",
  tree: "M5.8 2.2h4.4v3H5.8zM1.8 10.8h4.4v3H1.8zM9.8 10.8h4.4v3H9.8zM8 5.2V8M4 10.8V8h8v2.8",
  journeys: "M2.2 2.6h5v3.6h-5zM8.8 9.8h5v3.6h-5zM4.7 6.2v3.2a2.2 2.2 0 0 0 2.2 2.2h1.9",
  pause: "M5.4 3.2v9.6M10.6 3.2v9.6",
  play: "M4.6 2.8 12.6 8l-8 5.2V2.8Z",
  close: "m3.8 3.8 8.4 8.4M12.2 3.8l-8.4 8.4",
  check: "m3 8.4 3.2 3.2L13 4.6",
  chevron: "m6 3.8 4.2 4.2L6 12.2",
  down: "m3.8 6 4.2 4.2L12.2 6",
  up: "m3.8 10 4.2-4.2 4.2 4.2",
  back: "M13 8H3.5M7 4.2 3.2 8 7 11.8",
  menu: "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
  fold: "M2.5 2.8h11v10.4h-11zM6 2.8v10.4",
  clock: "M8 14a6 6 0 1 0 0-12 6 6 0 0 0 0 12ZM8 4.8V8l2.3 1.6",
  frozen: "M8 1.8v12.4M2.6 4.9l10.8 6.2M13.4 4.9 2.6 11.1M6.3 2.9 8 4.4l1.7-1.5M6.3 13.1 8 11.6l1.7 1.5",
  tasks: "M5.8 4h7.7M5.8 8h7.7M5.8 12h7.7M2.5 4h.4M2.5 8h.4M2.5 12h.4",
  info: "M8 14.2A6.2 6.2 0 1 0 8 1.8a6.2 6.2 0 0 0 0 12.4ZM8 7.4v3.8M8 4.9v.2",
  warning: "M8 2.2 14.4 13.4H1.6L8 2.2ZM8 6.4v3.4M8 11.6v.1",
  merge: "M3.2 2.5v2.4c0 2 2.2 2.4 4.8 3.1M12.8 2.5v2.4c0 2-2.2 2.4-4.8 3.1M8 8v5.5M5.9 11.6 8 13.6l2.1-2",
  split: "M8 2.5v4M8 6.5C8 9 3.2 8.8 3.2 13M8 6.5c0 2.5 4.8 2.3 4.8 6.5",
  eye: "M1.6 8S4 3.6 8 3.6 14.4 8 14.4 8 12 12.4 8 12.4 1.6 8 1.6 8ZM8 9.9a1.9 1.9 0 1 0 0-3.8 1.9 1.9 0 0 0 0 3.8Z",
  download: "M8 2.2v8M4.9 7.2 8 10.3l3.1-3.1M2.8 13.6h10.4",
  refresh: "M13.2 6.4A5.6 5.6 0 1 0 13.4 9.8M13.4 2.6v3.8H9.6",
  more: "M3.4 8h.2M7.9 8h.2M12.4 8h.2",
  columns: "M2.5 3h11v10h-11zM6.2 3v10M9.8 3v10",
  trash: "M3 4.4h10M6.2 4.4V2.6h3.6v1.8M4.2 4.4l.6 9h6.4l.6-9",
  edit: "M10.8 2.8 13.2 5.2 5.4 13 2.6 13.4 3 10.6l7.8-7.8Z",
  group: "M2.8 2.8h10.4v10.4H2.8zM5.4 6h5.2M5.4 10h5.2",
  user: "M8 8a2.7 2.7 0 1 0 0-5.4A2.7 2.7 0 0 0 8 8ZM3 13.6c.6-2.3 2.5-3.4 5-3.4s4.4 1.1 5 3.4",
  arrow: "M3 8h9.4M8.8 4.4 12.4 8l-3.6 3.6",
  stop: "M4 4h8v8H4z",
  settings: "M2.5 4.5h6M12 4.5h1.5M2.5 11.5H4M7.5 11.5h6M10.2 6.2a1.7 1.7 0 1 0 0-3.4 1.7 1.7 0 0 0 0 3.4ZM5.8 13.2a1.7 1.7 0 1 0 0-3.4 1.7 1.7 0 0 0 0 3.4Z",
  undo: "M5.6 3 2.6 6l3 3M2.8 6h6.4a4 4 0 0 1 0 8H6",
  redo: "m10.4 3 3 3-3 3M13.2 6H6.8a4 4 0 0 0 0 8H10",
  code: "M5.4 4.4 1.8 8l3.6 3.6M10.6 4.4 14.2 8l-3.6 3.6",
  copy: "M5.6 5.6h7.8v7.8H5.6zM10.4 5.6V2.6H2.6v7.8h3",
  wrench: "M9.6 6.4a3.4 3.4 0 0 1 4-4l-2 2 .2 1.8 1.8.2 2-2M9.6 6.4 2.8 13.2M13.8 6.4a3.4 3.4 0 0 1-4 1.6",
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 16, title }: { name: IconName; size?: number; title?: string }) {
  return (
    <svg
      className="icon"
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth={name === "more" ? 2.2 : 1.4}
      strokeLinecap="round"
      strokeLinejoin="round"
      role={title ? "img" : undefined}
      aria-label={title}
      aria-hidden={title ? undefined : true}
    >
      <path d={paths[name]} />
    </svg>
  );
}

/** The mark: a loop that comes back to its start. */
export function Logo({ size = 22 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="var(--accent)" strokeLinecap="round" aria-hidden>
      <path d="M6.2 18.2A8.4 8.4 0 1 1 14.4 20" strokeWidth={2.6} />
      <path d="m6.2 18.2 4.6.5M6.2 18.2l.9-4.5" strokeWidth={2.6} strokeLinejoin="round" />
      <circle cx={14.4} cy={20} r={1.7} fill="var(--accent)" stroke="none" />
    </svg>
  );
}
