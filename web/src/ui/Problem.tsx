import { useState, type FormEvent } from "react";
import { apiKey, ApiError, UNREACHABLE } from "../api/client";
import { passes, queryClient } from "../api/query-client";
import { useText } from "../text";
import { Button } from "./Button";

/** What happened, what may be done about it, and a way to try again; what passes is tried again by itself. */
export function Problem({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const t = useText();
  const known = error instanceof ApiError ? error : null;
  if (known?.needsKey) return <KeyForm error={known} />;
  const message = known?.code === UNREACHABLE ? t.problem.unreachable : known?.message;
  return (
    <div role="alert" className="rounded-xl border border-line bg-panel p-6">
      <p className="font-medium">{t.problem.title}</p>
      {message && <p className="mt-1 text-sm">{message}</p>}
      {known?.hint && <p className="mt-1 text-sm text-muted">{known.hint}</p>}
      {passes(error) && <p className="mt-1 text-sm text-muted">{t.problem.byItself}</p>}
      <div className="mt-4 flex flex-wrap items-center gap-4">
        <Button onClick={onRetry}>{t.problem.again}</Button>
        {known?.requestId && <span className="text-xs text-muted">{t.problem.request(known.requestId)}</span>}
      </div>
    </div>
  );
}

/** Asks for a key, and then for all that was refused once more. */
function KeyForm({ error }: { error: ApiError }) {
  const t = useText();
  const [typed, setTyped] = useState("");
  const send = (event: FormEvent) => {
    event.preventDefault();
    apiKey.set(typed.trim());
    void queryClient.invalidateQueries();
  };
  return (
    <form onSubmit={send} role="alert" className="rounded-xl border border-line bg-panel p-6">
      <p className="font-medium">{t.problem.keyTitle}</p>
      <p className="mt-1 text-sm">{error.message}</p>
      <p className="mt-1 text-sm text-muted">{t.problem.keyHint}</p>
      <div className="mt-4 flex flex-wrap gap-3">
        <input
          type="password"
          autoComplete="off"
          required
          aria-label={t.problem.keyLabel}
          placeholder={t.problem.keyLabel}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          className="min-h-11 min-w-0 flex-1 rounded-full border border-line bg-paper px-4"
        />
        <Button type="submit" shape="main">
          {t.problem.keySend}
        </Button>
      </div>
    </form>
  );
}
