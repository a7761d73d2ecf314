import { useState } from "react";
import { cameByHistory } from "./address";
import { acts } from "./events";
import { useStore } from "./store";

/** How much had been done when the homepage was looked at last. */
let lookedAt = 0;

/**
 * Which look at the feed this is. Coming back by the browser shows the list as it was left; coming anew, after something
 * was done, is another look. `stale` says that there would be another list by now.
 */
export function useLook(): { look: number; stale: boolean; again: () => void } {
  const done = useStore(acts);
  const [look, setLook] = useState(() => {
    if (!cameByHistory()) lookedAt = acts.get();
    return lookedAt;
  });
  const again = () => {
    lookedAt = acts.get();
    setLook(lookedAt);
  };
  return { look, stale: done > look, again };
}
