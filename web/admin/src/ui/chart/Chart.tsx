import { Button } from "antd";
import type { EChartsCoreOption, ECharts } from "echarts/core";
import { useEffect, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { Icon } from "../icons";
import { Skeleton } from "../states";
import { colour, font } from "../tokens";
import { uiWords } from "../words";
import { ChartTable, type Figures } from "./ChartTable";
import "./chart.css";

interface ChartProps {
  readonly option: EChartsCoreOption;
  readonly height: number;
  /** The chart in words, for those who cannot see it. */
  readonly label: string;
  /** The figures drawn: a mark opens the people behind its figure, and all can be read and opened as a table. */
  readonly figures?: Figures | undefined;
}

const base = {
  animationDuration: 160,
  animationDurationUpdate: 160,
  textStyle: { fontFamily: font, color: colour.secondary, fontSize: 12 },
  grid: { left: 0, right: 4, top: 24, bottom: 0, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
};

/** A chart, and by a press of its button the same figures as a table: that one is walked by keys. */
export function Chart(props: ChartProps) {
  const t = uiWords.use();
  const [asTable, setAsTable] = useState(false);
  const { figures, label } = props;
  if (!figures) return <Drawn {...props} />;
  return (
    <div className="chart-box">
      <Button size="small" type="text" className="chart-switch" aria-pressed={asTable} icon={<Icon name="columns" size={14} />} onClick={() => setAsTable(!asTable)}>
        {t("asTable")}
      </Button>
      {asTable ? <ChartTable figures={figures} label={label} height={props.height} /> : <Drawn {...props} />}
    </div>
  );
}

/** Starts when its code has arrived and follows the width of its place. */
function Drawn({ option, height, label, figures }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<ECharts | null>(null);
  const navigate = useNavigate();
  const open = useRef<(series: number, index: number) => void>(() => undefined);
  const [ready, setReady] = useState(false);
  useEffect(() => {
    open.current = (series, index) => {
      const to = figures?.rows[index]?.cells[series]?.to;
      if (to) void navigate(to);
    };
  });
  useEffect(() => {
    let gone = false;
    const watch = new ResizeObserver(() => chart.current?.resize());
    void import("./echarts").then(({ start }) => {
      if (gone || !box.current) return;
      chart.current = start(box.current);
      chart.current.on("click", (mark) => open.current(mark.seriesIndex ?? 0, mark.dataIndex ?? 0));
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
