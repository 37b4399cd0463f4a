import "./interval.css";

interface IntervalPlotProps {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly format: (value: number) => string;
  /** What the plot says, for those who cannot see it. */
  readonly label: string;
  readonly zeroLabel: string;
}

/** Round steps for an axis: 1, 2 or 5 times a power of ten. */
function step(span: number): number {
  const raw = span / 4;
  const power = 10 ** Math.floor(Math.log10(raw));
  const unit = raw / power;
  return (unit < 1.5 ? 1 : unit < 3.5 ? 2 : unit < 7.5 ? 5 : 10) * power;
}

/** A difference with its interval, against the line of no difference. */
export function IntervalPlot({ value, low, high, format, label, zeroLabel }: IntervalPlotProps) {
  const [from, to] = [Math.min(low, 0), Math.max(high, 0)];
  const span = to - from || 1;
  const [left, right] = [from - span * 0.12, to + span * 0.12];
  const at = (x: number) => `${(((x - left) / (right - left)) * 100).toFixed(2)}%`;
  const by = step(right - left);
  const ticks: number[] = [];
  for (let tick = Math.ceil(left / by) * by; tick <= right; tick += by) ticks.push(Math.abs(tick) < by / 1e6 ? 0 : tick);
  const crosses = low <= 0 && high >= 0;
  const tone = crosses ? "open" : value > 0 ? "good" : "bad";
  return (
    <div className={`interval interval-${tone}`} role="img" aria-label={label}>
      <div className="interval-field">
        {ticks.filter((tick) => tick !== 0).map((tick) => (
          <i key={tick} className="interval-tick" style={{ left: at(tick) }} />
        ))}
        <i className="interval-zero" style={{ left: at(0) }}>
          <span>{zeroLabel}</span>
        </i>
        <i className="interval-range" style={{ left: at(low), width: `calc(${at(high)} - ${at(low)})` }} />
        <i className="interval-point" style={{ left: at(value) }}>
          <b>{format(value)}</b>
        </i>
      </div>
      <div className="interval-axis small soft">
        {ticks.map((tick) => (
          <span key={tick} style={{ left: at(tick) }}>
            {tick === 0 ? "0" : format(tick).replace(/\.0+(?=\D|$)/, "")}
          </span>
        ))}
      </div>
    </div>
  );
}
