/** The search's part of an address: words, filters, order, and which picture. */
export interface SearchAddress {
  q: string;
  filters: string[];
  sort: string;
  picture: string;
}

export function readSearch(params: URLSearchParams): SearchAddress {
  return {
    q: params.get("q") ?? "",
    filters: params.getAll("f"),
    sort: params.get("sort") ?? "",
    picture: params.get("picture") ?? "",
  };
}

export function searchAddress({ q = "", filters = [], sort = "", picture = "" }: Partial<SearchAddress>): string {
  const params = new URLSearchParams();
  if (q) params.set("q", q);
  for (const each of filters) params.append("f", each);
  if (sort) params.set("sort", sort);
  if (picture) params.set("picture", picture);
  return params.size ? `/search?${params}` : "/search";
}

export function categoryAddress(category: string): string {
  return searchAddress({ filters: [`category=${category}`] });
}
