import { freshId } from "./ids";
import { createStore, isRecord, isText, useStore } from "./store";

/** Who looks at the shop: a customer that was chosen, or a visitor of this browser. */
export interface Session {
  visitor: string;
  customer: string | null;
  recent: string[];
}

const RECENT = 6;

function isSession(value: unknown): value is Session {
  return (
    isRecord(value) &&
    isText(value["visitor"]) &&
    (value["customer"] === null || isText(value["customer"])) &&
    Array.isArray(value["recent"]) &&
    value["recent"].every(isText)
  );
}

const newVisitor = () => `visitor-${freshId()}`;

const session = createStore<Session>(
  { visitor: newVisitor(), customer: null, recent: [] },
  { name: "parure.session", valid: isSession },
);
// Written down at once, so that a reload finds the same visitor.
session.set((now) => ({ ...now }));

/** The id that events are sent under and recommendations are asked for. */
export function whoIsIt(now: Session = session.get()): string {
  return now.customer ?? now.visitor;
}

export function useSession(): Session {
  return useStore(session);
}

export function useWho(): string {
  return whoIsIt(useSession());
}

export function chooseCustomer(customer: string): void {
  session.set((now) => ({
    ...now,
    customer,
    recent: [customer, ...now.recent.filter((each) => each !== customer)].slice(0, RECENT),
  }));
}

/** Go on as the visitor of this browser, or as one that nobody has seen yet. */
export function beVisitor(fresh: boolean): void {
  session.set((now) => ({ ...now, customer: null, visitor: fresh ? newVisitor() : now.visitor }));
}
