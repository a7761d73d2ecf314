import { useEffect, useRef, useState } from "react";
import { useText } from "../../text";
import { CameraIcon } from "../../ui/icons";
import { usePictureSearch } from "./usePictureSearch";

function pictureIn(data: DataTransfer | null): File | undefined {
  return [...(data?.files ?? [])].find((file) => file.type.startsWith("image/"));
}

/** The whole window takes a picture that is dropped or pasted, and searches by it. */
export function DropZone() {
  const t = useText();
  const [over, setOver] = useState(false);
  const searchBy = usePictureSearch();
  const search = useRef(searchBy);
  useEffect(() => {
    search.current = searchBy;
  });
  useEffect(() => {
    const carriesFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
    const onOver = (event: DragEvent) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const onLeave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false);
    };
    const onDrop = (event: DragEvent) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      setOver(false);
      const file = pictureIn(event.dataTransfer) ?? event.dataTransfer?.files[0];
      if (file) void search.current(file);
    };
    const onPaste = (event: ClipboardEvent) => {
      const file = pictureIn(event.clipboardData);
      if (file) void search.current(file);
    };
    const going = new AbortController();
    const { signal } = going;
    window.addEventListener("dragover", onOver, { signal });
    window.addEventListener("dragleave", onLeave, { signal });
    window.addEventListener("drop", onDrop, { signal });
    window.addEventListener("paste", onPaste, { signal });
    return () => going.abort();
  }, []);
  if (!over) return null;
  return (
    <div className="pointer-events-none fixed inset-0 z-50 grid place-items-center bg-paper/85 p-6">
      <div className="flex flex-col items-center gap-4 rounded-3xl border-2 border-dashed border-accent px-10 py-14 text-center font-display text-2xl [&_svg]:size-10">
        <CameraIcon />
        {t.searchBox.drop}
      </div>
    </div>
  );
}
