import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { ApiError } from "../../api/client";
import { useText } from "../../text";
import { Empty } from "../../ui/Empty";
import { Problem } from "../../ui/Problem";
import { isOlder, isPreparing } from "../ask";
import { useWords } from "../text";
import { Notice } from "./Notice";

interface AnswerProps<T> {
  query: UseQueryResult<T>;
  children: (data: T) => ReactNode;
}

/** Shows what the server says once it does; until then, that it is on its way, or why it does not come. */
export function Answer<T>({ query, children }: AnswerProps<T>) {
  const w = useWords();
  const { data, error, failureReason, isPending, refetch, isPlaceholderData } = query;
  if (isPending) return isPreparing(failureReason) ? <Preparing error={failureReason} /> : <Waiting />;
  if (error && (data === undefined || isPlaceholderData)) {
    if (isOlder(error)) return <Empty title={w.older.title} hint={w.older.hint} />;
    return <Problem error={error} onRetry={() => void refetch()} />;
  }
  if (data === undefined) return <Waiting />;
  return (
    <div className={`space-y-10 transition-opacity ${isPlaceholderData ? "opacity-60" : ""}`} aria-busy={isPlaceholderData}>
      {error && <Problem error={error} onRetry={() => void refetch()} />}
      {children(data)}
    </div>
  );
}

/** The server makes it, which takes a while; it is asked again until it is there. */
function Preparing({ error }: { error: ApiError }) {
  const w = useWords();
  return (
    <div className="space-y-6">
      <Notice title={error.message}>{w.preparing}</Notice>
      <Waiting />
    </div>
  );
}

export function Waiting() {
  const t = useText();
  return (
    <div role="status" className="animate-pulse space-y-6">
      <span className="sr-only">{t.loading}</span>
      <div className="grid grid-cols-2 gap-4 lg:grid-cols-4">
        {[0, 1, 2, 3].map((place) => (
          <div key={place} className="h-24 rounded-xl bg-well" />
        ))}
      </div>
      <div className="h-56 rounded-xl bg-well" />
    </div>
  );
}
