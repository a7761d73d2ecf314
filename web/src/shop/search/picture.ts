import { freshId } from "../../app/ids";
import { createStore, isRecord, isText } from "../../app/store";

/** Pictures that were searched by in this window, by the id that stands in the address; small, as text. */
const kept = createStore<Record<string, string>>({}, {
  name: "parure.pictures",
  valid: (value): value is Record<string, string> => isRecord(value) && Object.values(value).every(isText),
  where: "session",
});

const SIDE = 512;
const MOST = 6;

/**
 * Make a picture ready to be searched by: smaller, as that is all the search looks at, and kept for back and reload.
 *
 * Throws where the file is no picture that the browser can read.
 */
export async function keepPicture(file: Blob): Promise<string> {
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const brush = canvas.getContext("2d");
  if (!brush) throw new Error("no canvas");
  brush.fillStyle = "#fff";
  brush.fillRect(0, 0, canvas.width, canvas.height);
  brush.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const id = freshId();
  const text = canvas.toDataURL("image/jpeg", 0.9);
  kept.set((now) => Object.fromEntries([[id, text], ...Object.entries(now)].slice(0, MOST)));
  return id;
}

/** The picture as an address that an image takes; none where it was made in another window. */
export function pictureOf(id: string): string | undefined {
  return kept.get()[id];
}

/** The picture as a file to send. */
export function fileOf(address: string): Blob {
  const bytes = Uint8Array.from(atob(address.slice(address.indexOf(",") + 1)), (char) => char.charCodeAt(0));
  return new Blob([bytes], { type: "image/jpeg" });
}
