import type { EChartsCoreOption, ECharts } from "echarts/core";
import { useEffect, useRef, useState } from "react";
import { colour, font } from "../tokens";
import { Skeleton } from "../states";
import "./chart.css";

interface ChartProps {
  readonly option: EChartsCoreOption;
  readonly height: number;
  /** The chart in words, for those who cannot see it. */
  readonly label: string;
  /** Index of the mark that was chosen. */
  readonly onPick?: ((index: number) => void) | undefined;
}

const base = {
  animationDuration: 160,
  animationDurationUpdate: 160,
  textStyle: { fontFamily: font, color: colour.secondary, fontSize: 12 },
  grid: { left: 0, right: 4, top: 24, bottom: 0, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
};

/** A chart that starts when its code has arrived and follows the width of its place. */
export function Chart({ option, height, label, onPick }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<ECharts | null>(null);
  const pick = useRef(onPick);
  const [ready, setReady] = useState(false);
  useEffect(() => {
    pick.current = onPick;
  });
  useEffect(() => {
    let gone = false;
    const watch = new ResizeObserver(() => chart.current?.resize());
    void import("./echarts").then(({ start }) => {
      if (gone || !box.current) return;
      chart.current = start(box.current);
      chart.current.on("click", (mark) => pick.current?.(mark.dataIndex ?? 0));
      watch.observe(box.current);
      setReady(true);
    });
    return () => {
      gone = true;
      watch.disconnect();
      chart.current?.dispose();
      chart.current = null;
    };
  }, []);
  useEffect(() => {
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (ready) chart.current?.setOption({ ...base, animation: !still, ...option }, { notMerge: true });
  }, [ready, option]);
  return (
    <div className="chart" style={{ height }} role="img" aria-label={label}>
      {!ready && <Skeleton height={height} />}
      <div ref={box} style={{ height, visibility: ready ? "visible" : "hidden" }} />
    </div>
  );
}
