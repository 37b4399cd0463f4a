import { NavLink, Link, useLocation } from "react-router";
import { Icon, Logo, useMay } from "@/ui";
import { placesOf, type Place } from "./places";
import { appWords } from "./words";

export function Rail({ folded, onFold, brand }: { folded: boolean; onFold: () => void; brand: string }) {
  const t = appWords.use();
  const may = useMay();
  const { pathname } = useLocation();
  const within = (place: Place) => "also" in place && place.also.some((path) => pathname.startsWith(path));
  const foldWord = t(folded ? "unfold" : "fold");
  return (
    <nav className="rail" aria-label={t("mainNav")}>
      <Link to="/" className="rail-mark">
        <Logo />
        <span className="rail-word">
          Regulars
          <small>{brand}</small>
        </span>
      </Link>
      <ul>
        {placesOf(may).map((place) => (
          <li key={place.to}>
            <NavLink to={place.to} end={place.to === "/"} className={({ isActive }) => (isActive || within(place) ? "rail-link active" : "rail-link")} title={folded ? t(place.word) : undefined}>
              <Icon name={place.icon} />
              <span className="rail-word">{t(place.word)}</span>
            </NavLink>
          </li>
        ))}
      </ul>
      <button type="button" className="rail-link rail-fold" onClick={onFold} aria-label={foldWord} title={foldWord}>
        <Icon name="fold" />
        <span className="rail-word">{foldWord}</span>
      </button>
    </nav>
  );
}
