import { useAddress } from "../../app/address";
import { tell } from "../../app/toasts";
import { useText } from "../../text";
import { readSearch, searchAddress } from "./address";
import { keepPicture } from "./picture";

/** Search by a picture; words that were typed before still count. */
export function usePictureSearch(): (file: Blob) => Promise<void> {
  const t = useText();
  const { path, params, go } = useAddress();
  return async (file) => {
    try {
      const picture = await keepPicture(file);
      go(searchAddress({ q: path === "/search" ? readSearch(params).q : "", picture }));
    } catch {
      tell(t.searchBox.notAPicture, true);
    }
  };
}
