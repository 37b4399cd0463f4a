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
  page("/setup", () => import("@/rooms/login/SetupPage")),
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
      page("customers/requests", () => import("@/rooms/customers/rights/RequestsPage")),
      page("customers/requests/:id", () => import("@/rooms/customers/rights/ReceiptPage")),
      page("customers/:uid", () => import("./Customer")),
      page("segments", () => import("@/rooms/segments/SegmentsPage")),
      page("segments/new", () => import("@/rooms/segments/BuilderPage")),
      page("segments/:id", () => import("./Segment")),
      page("segments/:id/similar", () => import("@/rooms/segments/similar/SimilarPage")),
      page("segments/:id/edit", () => import("@/rooms/segments/BuilderPage")),
      page("tags", () => import("@/rooms/segments/tags/TagsPage")),
      page("tags/new", () => import("@/rooms/segments/tags/TagForm")),
      page("tags/:id", () => import("@/rooms/segments/tags/TagPage")),
      page("tags/:id/edit", () => import("@/rooms/segments/tags/TagForm")),
      page("campaigns", () => import("@/rooms/campaigns/CampaignsPage")),
      page("campaigns/new", () => import("./CampaignForm")),
      page("campaigns/:id", () => import("@/rooms/campaigns/CampaignPage")),
      page("campaigns/:id/edit", () => import("./CampaignForm")),
      page("journeys", () => import("@/rooms/journeys/JourneysPage")),
      page("journeys/:id", () => import("./Journey")),
      page("delivery", () => import("@/rooms/sending/DeliveryPage")),
      page("delivery/messages", () => import("@/rooms/sending/SentMessagesPage")),
      page("templates", () => import("@/rooms/sending/TemplatesPage")),
      page("templates/new", () => import("@/rooms/sending/TemplateForm")),
      page("templates/:id", () => import("@/rooms/sending/TemplateForm")),
      page("imports", () => import("@/rooms/imports/ImportsPage")),
      page("imports/:id", () => import("@/rooms/imports/ImportPage")),
      page("imports/new", () => import("@/rooms/imports/wizard/WizardPage")),
      page("sources", () => import("@/rooms/sources/SourcesPage")),
      page("sources/new", () => import("@/rooms/sources/connect/ConnectPage")),
      page("sources/:id", () => import("@/rooms/sources/SourcePage")),
      page("quality", () => import("@/rooms/data/QualityPage")),
      page("fields", () => import("@/rooms/data/FieldsPage")),
      page("settings", () => import("./Settings")),
      page("start", () => import("@/rooms/start/StartPage")),
      page("account", () => import("@/rooms/settings/account/AccountPage")),
      page("gallery", () => import("./gallery/GalleryPage")),
      { path: "*", Component: NotFound },
    ],
  },
]);
