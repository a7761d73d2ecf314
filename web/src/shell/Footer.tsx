import { Link } from "wouter";
import { useText } from "../text";

export function Footer() {
  const t = useText();
  return (
    <footer className="mt-20 border-t border-line bg-panel">
      <div className="mx-auto flex max-w-7xl flex-wrap items-start justify-between gap-x-10 gap-y-3 px-4 py-8 text-sm text-muted">
        <p className="max-w-2xl">{t.footer.about}</p>
        <nav aria-label={t.footer.more} className="flex gap-6">
          <Link href="/console" className="text-accent underline underline-offset-4">
            {t.footer.console}
          </Link>
          <a href="/docs" className="text-accent underline underline-offset-4">
            {t.footer.api}
          </a>
        </nav>
      </div>
    </footer>
  );
}
