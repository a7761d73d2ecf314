import { useState, type DragEvent } from "react";
import { plain } from "../../text";
import { Button, IconButton } from "../../ui/Button";
import { CloseIcon } from "../../ui/icons";
import { Select } from "../../ui/Select";
import { DownIcon, GripIcon, UpIcon } from "../parts/icons";
import { useWords } from "../text";
import type { RuleInForce, RuleKind } from "../types";
import { same } from "./draft";
import { Parameters } from "./Parameters";
import { bare, parametersOf } from "./schema";

interface RuleListProps {
  rules: readonly RuleInForce[];
  published: readonly RuleInForce[];
  kinds: readonly RuleKind[];
  onChange: (rules: RuleInForce[]) => void;
}

/** The rules of a recipe in order. They are moved by their buttons, or dragged. */
export function RuleList({ rules, published, kinds, onChange }: RuleListProps) {
  const w = useWords();
  const [dragged, setDragged] = useState<number | null>(null);
  const [over, setOver] = useState<number | null>(null);
  const [told, setTold] = useState("");
  const move = (from: number, to: number) => {
    const rule = rules[from];
    if (!rule || to < 0 || to >= rules.length || from === to) return;
    const rest = rules.filter((_, place) => place !== from);
    onChange([...rest.slice(0, to), rule, ...rest.slice(to)]);
    setTold(w.rules.movedTo(rule.kind, to + 1, rules.length));
  };
  const drop = (event: DragEvent, to: number) => {
    event.preventDefault();
    if (dragged !== null) move(dragged, to);
    setDragged(null);
    setOver(null);
  };
  return (
    <div>
      <p role="status" className="sr-only">
        {told}
      </p>
      <ol className="space-y-2">
        {rules.map((rule, place) => (
          <li
            key={rule.kind}
            onDragOver={(event) => {
              if (dragged === null) return;
              event.preventDefault();
              setOver(place);
            }}
            onDrop={(event) => drop(event, place)}
            className={`rounded-xl border bg-paper transition ${over === place && dragged !== null ? "border-accent" : "border-line"} ${dragged === place ? "opacity-50" : ""}`}
          >
            <Entry
              rule={rule}
              place={place}
              count={rules.length}
              kind={kinds.find((each) => each.kind === rule.kind)}
              changed={!same(rule, published.find((each) => each.kind === rule.kind))}
              onMove={(to) => move(place, to)}
              onDrag={(active) => setDragged(active ? place : null)}
              onChange={(config) => onChange(rules.map((each, other) => (other === place ? { ...each, config } : each)))}
              onRemove={() => onChange(rules.filter((_, other) => other !== place))}
            />
          </li>
        ))}
      </ol>
      <Add rules={rules} kinds={kinds} onAdd={(rule) => onChange([...rules, rule])} />
    </div>
  );
}

interface EntryProps {
  rule: RuleInForce;
  kind: RuleKind | undefined;
  place: number;
  count: number;
  changed: boolean;
  onMove: (to: number) => void;
  onDrag: (active: boolean) => void;
  onChange: (config: Record<string, unknown>) => void;
  onRemove: () => void;
}

function Entry({ rule, kind, place, count, changed, onMove, onDrag, onChange, onRemove }: EntryProps) {
  const w = useWords();
  const [open, setOpen] = useState(false);
  const name = plain(rule.kind);
  return (
    <>
      <div className="flex items-start gap-1 py-2 pr-1 pl-1 sm:pl-2">
        <span draggable aria-hidden="true" title={w.rules.drag} onDragStart={() => onDrag(true)} onDragEnd={() => onDrag(false)} className="hidden size-11 shrink-0 cursor-grab place-items-center text-muted sm:grid">
          <GripIcon />
        </span>
        <button type="button" aria-expanded={open} onClick={() => setOpen(!open)} className="min-w-0 flex-1 rounded-lg px-2 py-1.5 text-left">
          <span className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
            <span className="font-medium">
              <span className="text-muted tabular-nums">{place + 1}.</span> {name}
            </span>
            {kind && <span className="text-xs text-muted">{w.effects[kind.effect]}</span>}
            {changed && <span className="rounded-full bg-accent-soft px-2 text-xs">{w.rules.changed}</span>}
            {kind?.switched_off && <span className="rounded-full bg-well px-2 text-xs text-muted">{w.rules.switchedOff}</span>}
          </span>
          {kind && <span className="mt-0.5 block text-sm text-muted">{bare(kind.does)}</span>}
        </button>
        <span className="flex shrink-0 [&_svg]:size-4.5">
          <IconButton label={w.rules.up(name)} disabled={place === 0} onClick={() => onMove(place - 1)} className="disabled:opacity-30 max-sm:size-9!">
            <UpIcon />
          </IconButton>
          <IconButton label={w.rules.down(name)} disabled={place === count - 1} onClick={() => onMove(place + 1)} className="disabled:opacity-30 max-sm:size-9!">
            <DownIcon />
          </IconButton>
          <IconButton label={w.rules.remove(name)} onClick={onRemove} className="max-sm:size-9!">
            <CloseIcon />
          </IconButton>
        </span>
      </div>
      {open && kind && (
        <div className="border-t border-line bg-panel p-4 sm:p-5">
          <Parameters parameters={parametersOf(kind.parameters)} values={rule.config} onChange={onChange} />
          <Reasons kind={kind} />
        </div>
      )}
    </>
  );
}

function Reasons({ kind }: { kind: RuleKind }) {
  const w = useWords();
  const reasons = Object.entries(kind.reasons);
  if (!reasons.length) return null;
  return (
    <dl className="mt-5 border-t border-line pt-3 text-xs text-muted">
      <dt className="sr-only">{w.rules.reasons}</dt>
      {reasons.map(([code, words]) => (
        <dd key={code} className="py-0.5">
          <code className="text-ink">{code}</code> {words}
        </dd>
      ))}
    </dl>
  );
}

function Add({ rules, kinds, onAdd }: { rules: readonly RuleInForce[]; kinds: readonly RuleKind[]; onAdd: (rule: RuleInForce) => void }) {
  const w = useWords();
  const free = kinds.filter((each) => !rules.some((rule) => rule.kind === each.kind));
  const [chosen, setChosen] = useState("");
  const kind = free.find((each) => each.kind === chosen) ?? free[0];
  if (!kind) return null;
  return (
    <div className="mt-4 flex flex-wrap items-center gap-3">
      <Select label={w.rules.another} value={kind.kind} onChange={setChosen}>
        {free.map((each) => (
          <option key={each.kind} value={each.kind} title={bare(each.does)}>
            {plain(each.kind)}
          </option>
        ))}
      </Select>
      <Button onClick={() => onAdd({ kind: kind.kind, config: kind.config })}>{w.rules.add}</Button>
      <p className="basis-full text-sm text-muted">{bare(kind.does)}</p>
    </div>
  );
}
