import { useEffect, useRef, type Dispatch, type KeyboardEvent, type PointerEvent, type RefObject, type SetStateAction } from "react";
import { moved, WHOLE, zoomed, type Size, type View } from "./model";

const STEP = 0.15;
const ZOOM_STEP = 1.4;
const WHEEL = 0.0016;
/** A hand that moves less than this meant to press, not to drag. */
const STILL_PX = 5;

interface Hands {
  canvas: RefObject<HTMLElement | null>;
  size: Size;
  setView: Dispatch<SetStateAction<View>>;
  onPoint: (at: [number, number] | null) => void;
  onPress: (at: [number, number]) => void;
  onEnter: () => void;
}

/** Moves the map by mouse, fingers, wheel and keys. */
export function useHands({ canvas, size, setView, onPoint, onPress, onEnter }: Hands) {
  const down = useRef(new Map<number, [number, number]>());
  const dragged = useRef(false);
  const began = useRef<[number, number]>([0, 0]);
  const place = (event: { clientX: number; clientY: number }): [number, number] => {
    const box = canvas.current?.getBoundingClientRect();
    return [event.clientX - (box?.left ?? 0), event.clientY - (box?.top ?? 0)];
  };
  useEffect(() => {
    const target = canvas.current;
    if (!target) return;
    const turn = (event: WheelEvent) => {
      event.preventDefault();
      const box = target.getBoundingClientRect();
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
      const factor = Math.exp(-event.deltaY * lines * WHEEL * (event.ctrlKey ? 4 : 1));
      setView((now) => zoomed(now, factor, [event.clientX - box.left, event.clientY - box.top], size));
    };
    // React listens passively, so that the page would scroll along.
    target.addEventListener("wheel", turn, { passive: false });
    return () => target.removeEventListener("wheel", turn);
  }, [canvas, size, setView]);

  const onPointerDown = (event: PointerEvent<HTMLElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    if (down.current.size === 0) {
      dragged.current = false;
      began.current = place(event);
    }
    down.current.set(event.pointerId, place(event));
  };
  const onPointerMove = (event: PointerEvent<HTMLElement>) => {
    const here = place(event);
    const before = down.current.get(event.pointerId);
    if (!before) return onPoint(here);
    const other = [...down.current].find(([id]) => id !== event.pointerId)?.[1];
    down.current.set(event.pointerId, here);
    if (Math.hypot(here[0] - began.current[0], here[1] - began.current[1]) > STILL_PX) dragged.current = true;
    if (other) {
      dragged.current = true;
      const middle: [number, number] = [(here[0] + other[0]) / 2, (here[1] + other[1]) / 2];
      const factor = Math.hypot(here[0] - other[0], here[1] - other[1]) / Math.max(Math.hypot(before[0] - other[0], before[1] - other[1]), 1);
      setView((now) => moved(zoomed(now, factor, middle, size), (before[0] - here[0]) / 2, (before[1] - here[1]) / 2, size));
    } else if (dragged.current) {
      onPoint(null);
      setView((now) => moved(now, before[0] - here[0], before[1] - here[1], size));
    }
  };
  const onPointerUp = (event: PointerEvent<HTMLElement>) => {
    down.current.delete(event.pointerId);
    if (!dragged.current && down.current.size === 0) onPress(place(event));
  };
  const onPointerCancel = (event: PointerEvent<HTMLElement>) => {
    down.current.delete(event.pointerId);
  };
  const onPointerLeave = () => onPoint(null);
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const centre: [number, number] = [size.width / 2, size.height / 2];
    const keys: Record<string, () => void> = {
      ArrowLeft: () => setView((now) => moved(now, -STEP * size.width, 0, size)),
      ArrowRight: () => setView((now) => moved(now, STEP * size.width, 0, size)),
      ArrowUp: () => setView((now) => moved(now, 0, -STEP * size.height, size)),
      ArrowDown: () => setView((now) => moved(now, 0, STEP * size.height, size)),
      "+": () => setView((now) => zoomed(now, ZOOM_STEP, centre, size)),
      "=": () => setView((now) => zoomed(now, ZOOM_STEP, centre, size)),
      "-": () => setView((now) => zoomed(now, 1 / ZOOM_STEP, centre, size)),
      "0": () => setView(WHOLE),
      Enter: onEnter,
    };
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };
  return { onPointerDown, onPointerMove, onPointerUp, onPointerCancel, onPointerLeave, onKeyDown };
}
