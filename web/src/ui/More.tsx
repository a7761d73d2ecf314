import { useText } from "../text";
import { Button } from "./Button";
import { Problem } from "./Problem";
import { useInView } from "./useInView";

interface MoreProps {
  hasMore: boolean;
  loading: boolean;
  error: unknown;
  onMore: () => void;
  /** How many pages there are: after some, more comes only when asked for, so that the foot of the page can be reached. */
  pages: number;
  end: string;
}

const BY_ITSELF = 5;

/** The end of a list that goes on as one scrolls, and by a button for those who do not scroll. */
export function More({ hasMore, loading, error, onMore, pages, end }: MoreProps) {
  const t = useText();
  const ready = hasMore && !loading && !error && pages < BY_ITSELF;
  const sentinel = useInView<HTMLDivElement>(ready ? onMore : null, { margin: "600px" });
  if (error) return <Problem error={error} onRetry={onMore} />;
  return (
    <div ref={sentinel} className="flex justify-center py-4" aria-busy={loading}>
      {hasMore ? (
        <Button onClick={onMore} disabled={loading}>
          {loading ? t.loading : t.more}
        </Button>
      ) : (
        <p className="text-sm text-muted">{end}</p>
      )}
    </div>
  );
}
