import { useItem } from "../api/hooks";
import { useDialogAddress } from "../app/address";
import { useFormats, useText } from "../text";
import { Dialog } from "../ui/Dialog";
import { Picture } from "../ui/Picture";
import { textOf } from "./attributes";
import { SimilarTabs, useAlike } from "./SimilarTabs";

/** A window of what is like one product, over whatever page it was asked on. */
export function SimilarDialog() {
  const { value, close } = useDialogAddress("similar");
  return value === null ? null : <Similar key={value} itemId={value} onClose={close} />;
}

function Similar({ itemId, onClose }: { itemId: string; onClose: () => void }) {
  const t = useText();
  const format = useFormats();
  const item = useItem(itemId);
  const alike = useAlike(itemId, 12);
  const told = alike.found.data;
  return (
    <Dialog title={t.similar.title} onClose={onClose} wide>
      <div className="mb-5 flex items-center gap-4">
        <Picture itemId={itemId} alt="" sizes="64px" eager className="w-16 shrink-0 rounded-lg" />
        <div className="min-w-0">
          <p className="font-medium">{item.data ? textOf(item.data.attributes["title"]) : "\u00a0"}</p>
          <p className="text-xs text-muted">{told ? t.similar.took(format.number(told.processing_time_ms, 1)) : "\u00a0"}</p>
        </div>
      </div>
      <SimilarTabs {...alike} />
    </Dialog>
  );
}
