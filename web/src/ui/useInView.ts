import { useEffect, useRef, type RefObject } from "react";

/** Calls back when the element is in view for a moment; `share` of it, after `afterMs`. */
export function useInView<E extends Element>(
  onView: (() => void) | null,
  { share = 0, afterMs = 0, margin = "0px" }: { share?: number; afterMs?: number; margin?: string } = {},
): RefObject<E | null> {
  const element = useRef<E>(null);
  const call = useRef(onView);
  useEffect(() => {
    call.current = onView;
  });
  const active = onView !== null;
  useEffect(() => {
    const target = element.current;
    if (!target || !active) return;
    let timer: number | undefined;
    const observer = new IntersectionObserver(
      ([entry]) => {
        window.clearTimeout(timer);
        if (entry?.isIntersecting) timer = window.setTimeout(() => call.current?.(), afterMs);
      },
      { threshold: share, rootMargin: margin },
    );
    observer.observe(target);
    return () => {
      window.clearTimeout(timer);
      observer.disconnect();
    };
  }, [active, share, afterMs, margin]);
  return element;
}
