import { lazy, Suspense } from "react";
import { Route, Switch, useLocation } from "wouter";
import { useText } from "../text";
import { ButtonLink } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { Cart } from "../shop/Cart";
import { Home } from "../shop/Home";
import { Order } from "../shop/Order";
import { Product } from "../shop/Product";
import { Search } from "../shop/search/Search";
import { Crash } from "../shell/Crash";
import { Shell } from "../shell/Shell";

// What a shopper does not see comes when it is asked for.
const Customer = lazy(() => import("../customer/Customer"));
const Console = lazy(() => import("../console/Console"));

/** Every page by its address; the server knows the same ones, see parure/serving/web.py. */
export function App() {
  const t = useText();
  const [path] = useLocation();
  if (path !== "/console" && !path.startsWith("/console/")) {
    return (
      <Shell>
        <Pages />
      </Shell>
    );
  }
  // The console has a frame of its own.
  return (
    <Crash at={path}>
      <Suspense fallback={<p className="p-8 text-muted">{t.loading}</p>}>
        <Console />
      </Suspense>
    </Crash>
  );
}

function Pages() {
  const t = useText();
  const [path] = useLocation();
  return (
    <Crash at={path}>
      <Suspense fallback={<p className="text-muted">{t.loading}</p>}>
        <Switch>
          <Route path="/" component={Home} />
          <Route path="/p/:id">{({ id }) => <Product key={id} id={id} />}</Route>
          <Route path="/search" component={Search} />
          <Route path="/cart" component={Cart} />
          <Route path="/order" component={Order} />
          <Route path="/customers/:id">{({ id }) => <Customer key={id} id={id} />}</Route>
          <Route>
            <Empty title={t.problem.notFound} hint={t.problem.notFoundHint}>
              <ButtonLink to="/">{t.header.home}</ButtonLink>
            </Empty>
          </Route>
        </Switch>
      </Suspense>
    </Crash>
  );
}
