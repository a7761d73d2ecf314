import { useEffect, useId, useRef, type ReactNode } from "react";
import { useText } from "../text";
import { IconButton } from "./Button";
import { CloseIcon } from "./icons";

interface DialogProps {
  title: string;
  onClose: () => void;
  wide?: boolean;
  children: ReactNode;
}

/** A window over the page. The browser's own: it keeps the focus inside, gives it back, and closes on Escape. */
export function Dialog({ title, onClose, wide = false, children }: DialogProps) {
  const t = useText();
  const box = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const dialog = box.current;
    const before = document.activeElement;
    if (dialog && !dialog.open) dialog.showModal();
    document.documentElement.style.overflow = "hidden";
    return () => {
      document.documentElement.style.overflow = "";
      dialog?.close();
      // The browser gives the focus back on close() alone, not where the dialog is taken out of the page.
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, []);
  return (
    <dialog
      ref={box}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === box.current) onClose();
      }}
      className={`m-auto max-h-[min(48rem,92dvh)] w-[min(100vw-1.5rem,var(--width))] overflow-hidden rounded-2xl border border-line bg-paper p-0 text-ink shadow-2xl ${wide ? "[--width:58rem]" : "[--width:34rem]"}`}
    >
      <div className="flex max-h-[min(48rem,92dvh)] flex-col">
        <div className="flex items-center justify-between gap-4 border-b border-line py-2 pr-2 pl-5">
          <h2 id={heading} className="font-display text-xl">
            {title}
          </h2>
          <IconButton label={t.close} onClick={onClose}>
            <CloseIcon />
          </IconButton>
        </div>
        <div className="overflow-y-auto overscroll-contain p-5">{children}</div>
      </div>
    </dialog>
  );
}
