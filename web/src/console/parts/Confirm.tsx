import { useMutation } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Problem } from "../../ui/Problem";
import { useWords } from "../text";

interface ConfirmProps {
  title: string;
  act: string;
  onAct: () => Promise<void>;
  onClose: () => void;
  children: ReactNode;
}

/** Asks before something that customers will notice; says why where it does not work, and stays open then. */
export function Confirm({ title, act, onAct, onClose, children }: ConfirmProps) {
  const w = useWords();
  const acting = useMutation({ mutationFn: onAct, onSuccess: onClose });
  return (
    <Dialog title={title} onClose={onClose}>
      <div className="space-y-4">{children}</div>
      {acting.error && (
        <div className="mt-4">
          <Problem error={acting.error} onRetry={() => acting.mutate()} />
        </div>
      )}
      <div className="mt-6 flex flex-wrap justify-end gap-3">
        <Button onClick={onClose}>{w.cancel}</Button>
        <Button shape="main" disabled={acting.isPending} onClick={() => acting.mutate()}>
          {act}
        </Button>
      </div>
    </Dialog>
  );
}
