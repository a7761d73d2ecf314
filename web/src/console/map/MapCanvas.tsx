import { useEffect, useLayoutEffect, useMemo, useRef, useState, type Dispatch, type SetStateAction } from "react";
import { useLocation } from "wouter";
import { Price } from "../../ui/Price";
import { IconButton } from "../../ui/Button";
import { useColours } from "../parts/colours";
import { MinusIcon, PlusIcon, WholeIcon } from "../parts/icons";
import { useWords } from "../text";
import { draw } from "./draw";
import { nearest, toScreen, WHOLE, zoomed, type Legend, type Point, type Size, type View } from "./model";
import { Pictures } from "./pictures";
import { useHands } from "./useHands";

interface MapCanvasProps {
  points: readonly Point[];
  legend: Legend | null;
  view: View;
  setView: Dispatch<SetStateAction<View>>;
  size: Size;
  setSize: (size: Size) => void;
  bright: (at: number) => boolean;
}

const REACH_PX = 22;

/** The map itself. Who does not see it has the list below; both show the same. */
export function MapCanvas({ points, legend, view, setView, size, setSize, bright }: MapCanvasProps) {
  const w = useWords();
  const [, go] = useLocation();
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const colours = useColours();
  const [pointed, setPointed] = useState<number | null>(null);
  const [byKeys, setByKeys] = useState(false);
  const [news, setNews] = useState(0);
  const pictures = useMemo(() => new Pictures(() => setNews((now) => now + 1)), []);
  const middle: [number, number] = [size.width / 2, size.height / 2];
  const looked = byKeys ? nearest(points, view, size, middle, Infinity) : pointed;
  const open = (at: number | null) => {
    const point = at === null ? undefined : points[at];
    if (point) go(`/p/${encodeURIComponent(point.id)}`);
  };
  const hands = useHands({
    canvas: box,
    size,
    setView,
    onPoint: (at) => {
      setByKeys(false);
      setPointed(at && nearest(points, view, size, at, REACH_PX));
    },
    onPress: (at) => open(nearest(points, view, size, at, REACH_PX)),
    onEnter: () => open(nearest(points, view, size, middle, Infinity)),
  });
  useLayoutEffect(() => {
    const target = box.current;
    if (!target) return;
    const measure = () => setSize({ width: target.clientWidth, height: target.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(target);
    return () => observer.disconnect();
  }, [setSize]);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!canvas.current || !context || !size.width) return;
    const ratio = window.devicePixelRatio;
    // Setting a canvas's size empties it, even to the same.
    const wanted = [Math.round(size.width * ratio), Math.round(size.height * ratio)] as const;
    if (canvas.current.width !== wanted[0] || canvas.current.height !== wanted[1]) [canvas.current.width, canvas.current.height] = wanted;
    const frame = requestAnimationFrame(() => draw(context, ratio, { points, legend, view, size, colours, pictures, looked, bright }));
    return () => cancelAnimationFrame(frame);
  }, [points, legend, view, size, colours, pictures, looked, bright, news]);
  return (
    <div className="relative">
      <div
        ref={box}
        tabIndex={0}
        role="application"
        aria-label={w.map.canvas(points.length)}
        {...hands}
        onKeyDown={(event) => {
          setByKeys(true);
          hands.onKeyDown(event);
        }}
        onBlur={() => setByKeys(false)}
        className={`h-[min(55dvh,44rem)] sm:h-[min(70dvh,44rem)] touch-none overflow-hidden rounded-xl border border-line bg-panel select-none ${pointed === null ? "cursor-grab active:cursor-grabbing" : "cursor-pointer"}`}
      >
        <canvas ref={canvas} className="size-full" />
        {looked !== null && <Shown point={points[looked]} view={view} size={size} />}
      </div>
      <div className="absolute top-3 right-3 flex flex-col rounded-full border border-line bg-paper">
        <IconButton label={w.map.zoomIn} onClick={() => setView((now) => zoomed(now, 1.6, middle, size))}>
          <PlusIcon />
        </IconButton>
        <IconButton label={w.map.zoomOut} onClick={() => setView((now) => zoomed(now, 1 / 1.6, middle, size))}>
          <MinusIcon />
        </IconButton>
        <IconButton label={w.map.whole} onClick={() => setView(WHOLE)}>
          <WholeIcon />
        </IconButton>
      </div>
    </div>
  );
}

/** The product that is pointed at, beside its place. */
function Shown({ point, view, size }: { point: Point | undefined; view: View; size: Size }) {
  if (!point) return null;
  const [x, y] = toScreen(point, view, size);
  const left = x > size.width / 2;
  const high = y > size.height / 2;
  return (
    <div
      className="pointer-events-none absolute z-10 w-44 rounded-xl border border-line bg-paper p-2 text-sm shadow-lg"
      style={{ [left ? "right" : "left"]: (left ? size.width - x : x) + 30, [high ? "bottom" : "top"]: Math.max((high ? size.height - y : y) - 30, 6) }}
    >
      <img src={`/api/v1/images/${encodeURIComponent(point.id)}?size=96`} alt="" width={96} height={96} className="aspect-square w-24 rounded bg-well object-cover" />
      <p className="mt-2 line-clamp-2 leading-snug">{point.title || point.id}</p>
      <p className="text-xs text-muted">
        {point.id} · <Price value={point.price} />
      </p>
    </div>
  );
}
