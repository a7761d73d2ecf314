import type { ReactNode } from "react";
import { useTopOfPage } from "../app/address";
import { DropZone } from "../shop/search/DropZone";
import { SimilarDialog } from "../shop/SimilarDialog";
import { WhyDialog } from "../shop/WhyDialog";
import { useText } from "../text";
import { Toasts } from "../ui/Toasts";
import { ChooserDialog } from "./Chooser";
import { Footer } from "./Footer";
import { Header } from "./Header";
import { Notices } from "./Notices";

/** What stands around every page of the shop, and the windows that open over any of them. */
export function Shell({ children }: { children: ReactNode }) {
  const t = useText();
  useTopOfPage();
  return (
    <div className="flex min-h-dvh flex-col">
      <a href="#content" className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:bg-paper focus:p-4">
        {t.skip}
      </a>
      <Header />
      <Notices />
      <main id="content" tabIndex={-1} className="mx-auto min-h-dvh w-full max-w-7xl flex-1 px-4 py-8 outline-none">
        {children}
      </main>
      <Footer />
      <SimilarDialog />
      <WhyDialog />
      <ChooserDialog />
      <DropZone />
      <Toasts />
    </div>
  );
}
