import { outage, type ApiError } from "../api/client";
import { refused } from "../app/events";
import { useStore } from "../app/store";
import { useText, type Dictionary } from "../text";

function outageWords(away: ApiError, t: Dictionary): string {
  return away.busy ? t.problem.busy : t.problem.outage;
}

function refusalWords(deaf: ApiError, t: Dictionary): string {
  return deaf.needsKey ? t.problem.eventsRefused : `${t.problem.eventsFailed} ${deaf.message}`;
}

/** What holds for the whole page: that the server is away, or takes no events. */
export function Notices() {
  const t = useText();
  const away = useStore(outage);
  const deaf = useStore(refused);
  const words = away ? outageWords(away, t) : deaf ? refusalWords(deaf, t) : null;
  return (
    <div role="status" aria-live="polite">
      {words && <p className="bg-accent-soft px-4 py-2.5 text-center text-sm">{words}</p>}
    </div>
  );
}
