import { useDeferredValue } from "react";
import { useAddress } from "../app/address";
import { isRecord } from "../app/store";
import { Empty } from "../ui/Empty";
import { Table } from "../ui/Table";
import { useAsked } from "./ask";
import { Answer } from "./parts/Answer";
import { Field } from "./parts/Field";
import { Page } from "./parts/Page";
import { useWords } from "./text";

const PATH = "/api/v1/config";

/** Every setting in force, found by its name or its value. */
export default function Settings() {
  const w = useWords();
  const query = useAsked(PATH);
  const { params, patch } = useAddress();
  const typed = params.get("q") ?? "";
  const words = useDeferredValue(typed).toLowerCase().split(/\s+/).filter(Boolean);
  return (
    <Page title={w.pages.settings} lead={w.settings.lead} path={PATH}>
      <Field type="search" label={w.settings.search} placeholder={w.settings.searchHint} value={typed} onChange={(event) => patch({ q: event.target.value || null }, { replace: true })} className="max-w-md" />
      <Answer query={query}>
        {(told) => {
          const all = flat(told, "");
          const found = all.filter((each) => words.every((word) => `${each.name} ${each.value}`.toLowerCase().includes(word)));
          return (
            <div>
              <p role="status" className="mb-4 text-sm text-muted">
                {w.settings.found(found.length, all.length)}
              </p>
              {found.length > 0 && (
                <Table
                  caption={w.pages.settings}
                  file="settings"
                  rows={found}
                  rowKey={(row) => row.name}
                  columns={[
                    { name: w.settings.name, value: (row) => row.name, show: (row) => <Name setting={row} /> },
                    { name: w.settings.value, value: (row) => row.value, show: (row) => <code className="block max-w-xl text-xs break-words whitespace-pre-wrap">{row.value}</code> },
                  ]}
                />
              )}
              {!found.length && <Empty title={w.settings.nothing} />}
            </div>
          );
        }}
      </Answer>
    </Page>
  );
}

/** The section before the name recedes: one looks for what stands in it. */
function Name({ setting }: { setting: Setting }) {
  return (
    <code className="text-xs whitespace-nowrap">
      {setting.section && <span className="text-muted">{setting.section}.</span>}
      {setting.name.slice(setting.section ? setting.section.length + 1 : 0)}
    </code>
  );
}

interface Setting {
  section: string;
  name: string;
  value: string;
}

/** Tables of settings as one list; what is no table is a setting. */
function flat(table: Record<string, unknown>, section: string): Setting[] {
  return Object.entries(table).flatMap(([key, value]) => {
    const name = section ? `${section}.${key}` : key;
    if (isRecord(value) && Object.keys(value).length) return flat(value, name);
    return [{ section, name, value: typeof value === "string" ? value : JSON.stringify(value) }];
  });
}
