import { useModels } from "../api/hooks";
import { useText } from "../text";
import { Select } from "../ui/Select";

/** Chooses which recipe or source recommends. */
export function ModelSelect({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const t = useText();
  const models = useModels().data?.models ?? [];
  if (!models.length) return null;
  const groups = [
    { label: t.home.recipes, models: models.filter((each) => each.kind === "recipe") },
    { label: t.home.sources, models: models.filter((each) => each.kind !== "recipe") },
  ];
  return (
    <Select label={t.home.model} value={value} onChange={onChange}>
      <option value="">{t.home.modelUsual}</option>
      {groups.map((group) => (
        <optgroup key={group.label} label={group.label}>
          {group.models.map((each) => (
            <option key={each.name} value={each.name} title={each.title}>
              {each.name}
            </option>
          ))}
        </optgroup>
      ))}
    </Select>
  );
}
