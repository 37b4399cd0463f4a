import { createBrowserRouter, type RouteObject } from "react-router";
import { ErrorPage, NotFound } from "./ErrorPage";
import { Home } from "./Home";
import { Shell } from "./Shell";

/** Each page is its own bundle, fetched when first opened. */
const page = (path: string, load: () => Promise<{ default: React.ComponentType }>): RouteObject => ({
  path,
  HydrateFallback: () => null,
  lazy: async () => ({ Component: (await load()).default }),
  ErrorBoundary: ErrorPage,
});

export const router = createBrowserRouter([
  page("/login", () => import("@/rooms/login/LoginPage")),
  page("/invitation", () => import("@/rooms/login/InvitationPage")),
  {
    path: "/",
    Component: Shell,
    ErrorBoundary: ErrorPage,
    HydrateFallback: () => null,
    children: [
      {
        id: "home",
        ErrorBoundary: ErrorPage,
        Component: Home,
        children: [{ ...page("", () => import("@/rooms/overview/OverviewPage")), index: true, path: undefined } as RouteObject],
      },
      page("customers", () => import("@/rooms/customers/CustomersPage")),
      page("customers/review", () => import("@/rooms/customers/ReviewPage")),
      page("customers/:uid", () => import("@/rooms/customers/CustomerPage")),
      page("segments", () => import("@/rooms/segments/SegmentsPage")),
      page("segments/new", () => import("@/rooms/segments/BuilderPage")),
      page("segments/:id", () => import("@/rooms/segments/SegmentPage")),
      page("segments/:id/similar", () => import("@/rooms/segments/similar/SimilarPage")),
      page("segments/:id/edit", () => import("@/rooms/segments/BuilderPage")),
      page("campaigns", () => import("@/rooms/campaigns/CampaignsPage")),
      page("campaigns/new", () => import("@/rooms/campaigns/CampaignForm")),
      page("campaigns/:id", () => import("@/rooms/campaigns/CampaignPage")),
      page("campaigns/:id/edit", () => import("@/rooms/campaigns/CampaignForm")),
      page("imports", () => import("@/rooms/imports/ImportsPage")),
      page("imports/new", () => import("@/rooms/imports/UploadPage")),
      page("settings", () => import("@/rooms/settings/SettingsPage")),
      page("account", () => import("@/rooms/settings/AccountPage")),
      { path: "*", Component: NotFound },
    ],
  },
]);
