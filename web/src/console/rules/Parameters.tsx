import { useId, useState } from "react";
import { isRecord } from "../../app/store";
import { plain } from "../../text";
import { Button, IconButton } from "../../ui/Button";
import { CloseIcon } from "../../ui/icons";
import { INPUT } from "../parts/Field";
import { useWords } from "../text";
import { emptyOf, type Parameter } from "./schema";

interface ParametersProps {
  parameters: readonly Parameter[];
  values: Record<string, unknown>;
  onChange: (values: Record<string, unknown>) => void;
}

/** A form made from the schema of a rule. */
export function Parameters({ parameters, values, onChange }: ParametersProps) {
  const w = useWords();
  if (!parameters.length) return <p className="text-sm text-muted">{w.rules.noParameters}</p>;
  return (
    <div className="grid gap-5 sm:grid-cols-2">
      {parameters.map((each) => (
        <ParameterField key={each.name} parameter={each} value={values[each.name] ?? (each.optional ? null : emptyOf(each))} onChange={(value) => onChange({ ...values, [each.name]: value })} />
      ))}
    </div>
  );
}

interface FieldProps {
  parameter: Parameter;
  value: unknown;
  onChange: (value: unknown) => void;
}

function ParameterField({ parameter, value, onChange }: FieldProps) {
  const id = useId();
  const { kind } = parameter;
  const wide = kind.type === "entries" || kind.type === "json" || kind.type === "texts";
  if (kind.type === "entries") return <Entries parameter={parameter} entry={kind.entry} value={value} onChange={onChange} />;
  return (
    <div className={`min-w-0 ${wide ? "sm:col-span-2" : ""}`}>
      <label htmlFor={id} className="block text-sm font-medium">
        {plain(parameter.name)}
      </label>
      <p id={`${id}-hint`} className="mt-0.5 mb-1.5 text-xs text-muted">
        {parameter.hint}
      </p>
      <Input id={id} parameter={parameter} value={value} onChange={onChange} />
    </div>
  );
}

function Input({ id, parameter, value, onChange }: FieldProps & { id: string }) {
  const w = useWords();
  const { kind } = parameter;
  const common = { id, "aria-describedby": `${id}-hint`, className: INPUT };
  if (kind.type === "switch") {
    const on = value === true;
    return (
      <button id={id} type="button" role="switch" aria-checked={on} aria-describedby={`${id}-hint`} onClick={() => onChange(!on)} className="inline-flex min-h-11 items-center gap-3 text-sm">
        <span className={`inline-block h-6 w-10 rounded-full border p-0.5 transition ${on ? "border-accent bg-accent" : "border-muted bg-well"}`}>
          <span className={`block size-4.5 rounded-full transition ${on ? "translate-x-4 bg-on-accent" : "bg-muted"}`} />
        </span>
        {on ? w.on : w.off}
      </button>
    );
  }
  if (kind.type === "choice") {
    return (
      <select {...common} value={String(value)} onChange={(event) => onChange(event.target.value)}>
        {kind.values.map((each) => (
          <option key={each}>{each}</option>
        ))}
      </select>
    );
  }
  if (kind.type === "number") {
    return (
      <input
        {...common}
        type="number"
        required={!parameter.optional}
        min={kind.min ?? kind.above ?? undefined}
        max={kind.max ?? undefined}
        step={kind.whole ? 1 : "any"}
        placeholder={parameter.optional ? w.rules.none : ""}
        value={typeof value === "number" ? value : ""}
        onChange={(event) => onChange(event.target.value === "" ? null : Number(event.target.value))}
      />
    );
  }
  if (kind.type === "text") {
    return (
      <input
        {...common}
        type={kind.date ? "date" : "text"}
        required={kind.needed}
        value={typeof value === "string" ? value : ""}
        onChange={(event) => onChange(event.target.value === "" && parameter.optional ? null : event.target.value)}
      />
    );
  }
  if (kind.type === "texts" || kind.type === "numbers") return <Lines common={common} parameter={parameter} value={value} onChange={onChange} />;
  return <Json common={common} value={value} onChange={onChange} />;
}

interface Common {
  id: string;
  "aria-describedby": string;
  className: string;
}

const AREA = `${INPUT} py-2.5 font-mono text-sm`;

/** A list, one thing a line. */
function Lines({ common, parameter, value, onChange }: { common: Common; parameter: Parameter; value: unknown; onChange: (value: unknown) => void }) {
  const w = useWords();
  const numbers = parameter.kind.type === "numbers";
  const list: unknown[] = Array.isArray(value) ? value : [];
  const [typed, setTyped] = useState(list.join("\n"));
  const change = (text: string) => {
    setTyped(text);
    const lines = text.split("\n").map((each) => each.trim()).filter(Boolean);
    onChange(numbers ? lines.map(Number).filter(Number.isFinite) : lines);
  };
  const count = parameter.kind.type === "numbers" ? parameter.kind.count : null;
  return (
    <>
      <textarea {...common} className={AREA} rows={Math.min(Math.max(list.length, count ?? 2), 8)} value={typed} placeholder={w.rules.perLine} onChange={(event) => change(event.target.value)} />
      {count !== null && list.length !== count && <p className="mt-1 text-xs text-bad">{w.rules.countNeeded(count)}</p>}
    </>
  );
}

/** What no form fits, as JSON; what cannot be read is not taken over. */
function Json({ common, value, onChange }: { common: Common; value: unknown; onChange: (value: unknown) => void }) {
  const w = useWords();
  const [typed, setTyped] = useState(JSON.stringify(value ?? null, null, 2));
  const [bad, setBad] = useState(false);
  const change = (text: string) => {
    setTyped(text);
    try {
      onChange(JSON.parse(text));
      setBad(false);
    } catch {
      setBad(true);
    }
  };
  return (
    <>
      <textarea {...common} className={AREA} rows={4} spellCheck={false} aria-invalid={bad} value={typed} onChange={(event) => change(event.target.value)} />
      {bad && (
        <p role="alert" className="mt-1 text-xs text-bad">
          {w.rules.badJson}
        </p>
      )}
    </>
  );
}

/** A list of things with parameters of their own, as pins and boosts. */
function Entries({ parameter, entry, value, onChange }: FieldProps & { entry: readonly Parameter[] }) {
  const w = useWords();
  const list = Array.isArray(value) ? value.filter(isRecord) : [];
  const add = () => onChange([...list, Object.fromEntries(entry.filter((each) => each.needed).map((each) => [each.name, emptyOf(each)]))]);
  return (
    <fieldset className="min-w-0 sm:col-span-2">
      <legend className="text-sm font-medium">{plain(parameter.name)}</legend>
      <p className="mt-0.5 text-xs text-muted">{parameter.hint}</p>
      <ol className="mt-3 space-y-3">
        {list.map((each, place) => (
          // Their place is all that tells two entries apart.
          <li key={`${place} of ${list.length}`} className="relative rounded-xl border border-line p-4 pt-5">
            <IconButton label={w.rules.removeEntry(place + 1)} onClick={() => onChange(list.filter((_, other) => other !== place))} className="absolute! top-1 right-1 [&_svg]:size-4">
              <CloseIcon />
            </IconButton>
            <Parameters parameters={entry} values={each} onChange={(next) => onChange(list.map((old, other) => (other === place ? next : old)))} />
          </li>
        ))}
      </ol>
      <Button className="mt-3 min-h-9! px-4!" onClick={add}>
        {w.rules.addEntry}
      </Button>
    </fieldset>
  );
}
