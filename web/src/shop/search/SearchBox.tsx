import { useEffect, useRef, useState, type FormEvent } from "react";
import { useAddress } from "../../app/address";
import { useText } from "../../text";
import { IconButton } from "../../ui/Button";
import { CameraIcon, SearchIcon } from "../../ui/icons";
import { readSearch, searchAddress } from "./address";
import { usePictureSearch } from "./usePictureSearch";

/** Words to search for, and a picture if one has one. */
export function SearchBox() {
  const t = useText();
  const { path, params, go } = useAddress();
  const here = path === "/search" ? readSearch(params) : null;
  const asked = here?.q ?? "";
  const [typed, setTyped] = useState(asked);
  const files = useRef<HTMLInputElement>(null);
  const searchBy = usePictureSearch();
  // Back and forward bring the words of that search along.
  useEffect(() => setTyped(asked), [asked]);
  const search = (event: FormEvent) => {
    event.preventDefault();
    go(searchAddress({ q: typed.trim(), picture: here?.picture ?? "", sort: here?.sort ?? "" }));
  };
  return (
    <form role="search" onSubmit={search} className="flex min-w-0 flex-1 items-center rounded-full border border-line bg-panel pl-1 focus-within:border-ink">
      <IconButton type="submit" label={t.searchBox.go} className="shrink-0">
        <SearchIcon />
      </IconButton>
      <input
        type="search"
        name="q"
        aria-label={t.searchBox.label}
        placeholder={t.searchBox.placeholder}
        value={typed}
        maxLength={500}
        autoComplete="off"
        enterKeyHint="search"
        onChange={(event) => setTyped(event.target.value)}
        className="min-h-11 w-full min-w-0 flex-1 bg-transparent outline-none placeholder:text-muted"
      />
      <IconButton label={t.searchBox.picture} className="shrink-0" onClick={() => files.current?.click()}>
        <CameraIcon />
      </IconButton>
      <input
        ref={files}
        type="file"
        accept="image/*"
        hidden
        aria-label={t.searchBox.picture}
        onChange={(event) => {
          const [file] = event.target.files ?? [];
          if (file) void searchBy(file);
          event.target.value = "";
        }}
      />
    </form>
  );
}
