import { colour } from "../tokens";

/** Axes and tips as every chart here draws them: few lines, no frames. */
export const categoryAxis = (labels: readonly string[]) => ({
  type: "category",
  data: labels,
  axisTick: { show: false },
  axisLine: { lineStyle: { color: colour.lineStrong } },
  axisLabel: { color: colour.secondary, fontSize: 12, lineHeight: 16, interval: 0, hideOverlap: true },
});

export const valueAxis = (format: (value: number) => string) => ({
  type: "value",
  min: 0,
  splitNumber: 3,
  axisLabel: { color: colour.secondary, fontSize: 12, formatter: format },
  splitLine: { lineStyle: { color: colour.line } },
});

export const tip = (format: (index: number) => string) => ({
  trigger: "axis",
  axisPointer: { type: "shadow", shadowStyle: { color: colour.sunken, opacity: 0.6 } },
  backgroundColor: colour.ink,
  borderWidth: 0,
  padding: [8, 12],
  textStyle: { color: colour.surface, fontSize: 12 },
  formatter: (marks: unknown) => {
    const [first] = Array.isArray(marks) ? (marks as { dataIndex: number }[]) : [];
    return first ? format(first.dataIndex) : "";
  },
});

/** A period that has not ended yet. */
export const unfinished = (ink: string, tint: string) => ({
  color: tint,
  borderColor: ink,
  borderType: "dashed",
  borderWidth: 1.2,
});
