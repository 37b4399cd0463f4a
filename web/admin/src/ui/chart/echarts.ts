/** The part of ECharts we draw with; loaded only when a chart is on the page. */
import { BarChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, TooltipComponent } from "echarts/components";
import { init, use as register, type ECharts } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

/** Start a chart in a box. Registering here, not at the top, keeps it from being shaken out of the bundle. */
export function start(box: HTMLElement): ECharts {
  register([BarChart, LineChart, GridComponent, TooltipComponent, AriaComponent, SVGRenderer]);
  return init(box, undefined, { renderer: "svg" });
}
