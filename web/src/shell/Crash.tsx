import { Component, type ReactNode } from "react";
import { useText } from "../text";
import { Button } from "../ui/Button";
import { Empty } from "../ui/Empty";

/** A fault of the page's own is told, and never a blank page; another address begins anew. */
export class Crash extends Component<{ at: string; children: ReactNode }, { failedAt: string | null }> {
  override state: { failedAt: string | null } = { failedAt: null };

  static getDerivedStateFromError(): { failedAt: string } {
    return { failedAt: window.location.pathname };
  }

  override render(): ReactNode {
    return this.state.failedAt === this.props.at ? <Crashed /> : this.props.children;
  }
}

function Crashed() {
  const t = useText();
  return (
    <Empty title={t.problem.crashed}>
      <Button onClick={() => window.location.reload()}>{t.problem.reload}</Button>
    </Empty>
  );
}
