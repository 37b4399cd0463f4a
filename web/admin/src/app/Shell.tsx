import { useEffect, useState } from "react";
import { Navigate, Outlet, useLocation, useNavigation } from "react-router";
import { Problem } from "@/api/problem";
import { useMe } from "@/api/session";
import { BrandProvider, type BrandFacts, ErrorState, Logo, useKeys } from "@/ui";
import type { Me } from "@/api/types";
import { PracticeStrip } from "@/rooms/sources/practice/PracticeStrip";
import { Palette } from "./Palette";
import { Rail } from "./Rail";
import { TopBar } from "./TopBar";
import { appWords } from "./words";
import "./rail.css";
import "./bar.css";
import "./shell.css";

const FOLD = "regulars.rail.folded";

function factsOf(me: Me): { brand: string; facts: BrandFacts } {
  const brand = me.brands.find((item) => item.id === me.brand_id);
  const { currency = "CNY", zone = "Asia/Shanghai", name = "" } = brand ?? {};
  return { brand: name, facts: { currency, zone, businessOn: me.business_on, permissions: me.permissions, routes: me.routes } };
}

/** What stands around every page: rail, bar, palette. Nobody logged in sees the login instead. */
export function Shell() {
  const me = useMe();
  const t = appWords.use();
  const location = useLocation();
  const navigation = useNavigation();
  const [folded, setFolded] = useState(() => window.localStorage.getItem(FOLD) === "1");
  const [palette, setPalette] = useState(false);
  useKeys({
    "Mod+k": (event) => {
      event.preventDefault();
      setPalette((open) => !open);
    },
  });
  useEffect(() => {
    window.scrollTo(0, 0); // may answer with a promise, which is no clean-up
  }, [location.pathname]);
  if (me.error instanceof Problem && me.error.status === 401)
    return <Navigate to={`/login?next=${encodeURIComponent(location.pathname + location.search)}`} replace />;
  if (me.error && !me.data)
    return (
      <div className="shell-alone">
        <Logo size={32} />
        <h1>{t("serverDown")}</h1>
        <ErrorState error={me.error} retry={() => void me.refetch()} />
      </div>
    );
  if (!me.data) return <div className="shell-alone" aria-busy />;
  if (me.data.second_factor_needed && location.pathname !== "/account") return <Navigate to="/account" replace />;
  const { brand, facts } = factsOf(me.data);
  const fold = () => {
    window.localStorage.setItem(FOLD, folded ? "0" : "1");
    setFolded(!folded);
  };
  return (
    <BrandProvider facts={facts}>
      <a className="skip" href="#content">
        {t("skip")}
      </a>
      <div className={folded ? "shell folded" : "shell"}>
        <Rail folded={folded} onFold={fold} brand={brand} />
        <TopBar me={me.data} onSearch={() => setPalette(true)} />
        {navigation.state === "loading" && <i className="shell-progress" />}
        <main id="content" tabIndex={-1}>
          <PracticeStrip />
          <Outlet />
        </main>
      </div>
      {palette && <Palette me={me.data} onClose={() => setPalette(false)} />}
    </BrandProvider>
  );
}
