import { useStore } from "../app/store";
import { drop, toasts } from "../app/toasts";
import { useText } from "../text";
import { IconButton } from "./Button";
import { CloseIcon } from "./icons";

/** What is told in passing, read out when it comes. */
export function Toasts() {
  const t = useText();
  const shown = useStore(toasts);
  return (
    <div role="status" aria-live="polite" className="pointer-events-none fixed inset-x-0 bottom-4 z-50 flex flex-col items-center gap-2 px-4">
      {shown.map((toast) => (
        <div key={toast.id} className={`pointer-events-auto flex max-w-full items-center gap-2 rounded-full py-1 pr-1 pl-5 text-sm shadow-lg ${toast.bad ? "bg-bad text-paper" : "bg-ink text-paper"}`}>
          <span>{toast.text}</span>
          <IconButton label={t.close} onClick={() => drop(toast.id)} className="size-9! text-inherit! hover:bg-transparent! [&_svg]:size-4">
            <CloseIcon />
          </IconButton>
        </div>
      ))}
    </div>
  );
}
