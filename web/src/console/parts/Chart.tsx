import { useEffect, useMemo, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useColours, type Colours } from "./colours";

export interface Line {
  name: string;
  /** null where nothing is known: the line has a gap there. */
  values: readonly (number | null)[];
}

interface ChartProps {
  /** What is seen, in a sentence, for those who do not see it. */
  label: string;
  x: readonly number[];
  lines: readonly Line[];
  showX: (value: number) => string;
  showY: (value: number) => string;
  /** The name of what runs along the bottom. */
  nameX: string;
  shape?: "line" | "bars" | "steps";
  logX?: boolean;
  logY?: boolean;
  height?: number;
}

/** Numbers over something, as lines or bars. The table beside it says the same. */
export function Chart({ label, x, lines, showX, showY, nameX, shape = "line", logX = false, logY = false, height = 240 }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const colours = useColours();
  const data = useMemo<uPlot.AlignedData>(() => [[...x], ...lines.map((line) => [...line.values])], [x, lines]);
  const names = lines.map((line) => line.name).join("\n");
  const shown = useRef({ showX, showY });
  shown.current = { showX, showY };
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(data);
  latest.current = data;
  useEffect(() => {
    const target = box.current;
    if (!target) return;
    const options = optionsOf({ colours, names: names.split("\n"), nameX, shape, logX, logY, height, width: target.clientWidth, shown });
    const made = new uPlot(options, latest.current, target);
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: target.clientWidth, height }));
    observer.observe(target);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [colours, names, nameX, shape, logX, logY, height]);
  useEffect(() => plot.current?.setData(data), [data]);
  return (
    <div
      ref={box}
      role="img"
      aria-label={label}
      className="min-w-0 overflow-hidden rounded-xl border border-line p-3 [&_.u-legend]:text-left! [&_.u-legend]:text-xs! [&_.u-legend]:text-muted [&_.u-value]:tabular-nums"
    />
  );
}

interface Drawn {
  colours: Colours;
  names: readonly string[];
  nameX: string;
  shape: "line" | "bars" | "steps";
  logX: boolean;
  logY: boolean;
  height: number;
  width: number;
  shown: { current: { showX: (value: number) => string; showY: (value: number) => string } };
}

function optionsOf({ colours, names, nameX, shape, logX, logY, height, width, shown }: Drawn): uPlot.Options {
  const axis = (show: (value: number) => string, room: { space?: number; size?: number }): uPlot.Axis => ({
    stroke: colours.muted,
    font: "12px system-ui, sans-serif",
    grid: { stroke: colours.line, width: 1 },
    ticks: { stroke: colours.line, width: 1 },
    // A logarithmic scale leaves out the marks between by giving null for them.
    values: (_plot, splits) => splits.map((value: number | null) => (value === null ? "" : show(value))),
    ...room,
  });
  const paths = uPlot.paths;
  const drawn = shape === "bars" ? paths.bars?.({ size: [0.8, 40] }) : shape === "steps" ? paths.stepped?.({ align: 1 }) : paths.linear?.();
  const told = (show: (value: number) => string) => (_plot: uPlot, value: number | null) => (value === null ? "–" : show(value));
  return {
    width,
    height,
    scales: { x: { time: false, ...(logX ? { distr: 3 as const } : {}) }, y: logY ? { distr: 3 } : { range: (_plot, _low, high) => [0, high > 0 ? high * 1.08 : 1] } },
    // The last mark needs room to the right of its line.
    padding: [12, 36, 0, 0],
    axes: [axis((value) => shown.current.showX(value), { space: 96 }), axis((value) => shown.current.showY(value), { size: 60 })],
    cursor: { y: false, drag: { x: false, y: false } },
    series: [
      { label: nameX, value: told((value) => shown.current.showX(value)) },
      ...names.map((label, place): uPlot.Series => {
        const stroke = colours.kinds[place % colours.kinds.length] ?? colours.accent;
        return {
          label,
          stroke,
          width: shape === "bars" ? 0 : 2,
          ...(shape === "bars" ? { fill: stroke } : names.length === 1 ? { fill: `${stroke}22` } : {}),
          ...(drawn ? { paths: drawn } : {}),
          ...(shape === "bars" ? { points: { show: false } } : {}),
          spanGaps: false,
          value: told((value) => shown.current.showY(value)),
        };
      }),
    ],
  };
}
