import { Navigate, Outlet } from "react-router";
import { useMay } from "@/ui";
import { placesOf } from "./places";

/** The overview, or the first place of somebody who may not read it. */
export function Home() {
  const may = useMay();
  const first = placesOf(may)[0]?.to ?? "/account";
  return first === "/" ? <Outlet /> : <Navigate to={first} replace />;
}
