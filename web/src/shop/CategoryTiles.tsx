import { Link } from "wouter";
import { useCategories, usePopular } from "../api/hooks";
import { plain, useText } from "../text";
import { Picture } from "../ui/Picture";
import { categoryAddress } from "./search/address";

/** The categories of the shop, each with the picture of its best seller. */
export function CategoryTiles() {
  const t = useText();
  const { data } = useCategories();
  if (!data?.length) return null;
  return (
    <nav aria-label={t.home.shopBy} className="min-w-0 lg:max-w-[46rem]">
      <ul className="-mx-4 flex gap-4 overflow-x-auto px-4 py-1 bare-scroll sm:gap-6">
        {data.slice(0, 12).map((each) => (
          <li key={each.value} className="shrink-0">
            <Tile category={each.value} />
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Tile({ category }: { category: string }) {
  const best = usePopular(1, category).data?.items[0];
  return (
    <Link href={categoryAddress(category)} className="group block w-18 text-center text-sm sm:w-24">
      <span className="block overflow-hidden rounded-full ring-1 ring-line transition group-hover:ring-2 group-hover:ring-accent">
        {best ? <Picture itemId={best.item_id} alt="" sizes="96px" eager /> : <span className="block aspect-square bg-well" />}
      </span>
      <span className="mt-2 block group-hover:underline">{plain(category)}</span>
    </Link>
  );
}
