import type { paths } from "./schema";

/** The JSON body of a 200 answer. */
type Ok<O> = O extends { responses: { 200: { content: { "application/json": infer B } } } } ? B : never;
type Made<O> = O extends { responses: { 201: { content: { "application/json": infer B } } } } ? B : Ok<O>;
type Body<O> = O extends { requestBody: { content: { "application/json": infer B } } } ? B : never;

type GetOf<P extends keyof paths> = paths[P] extends { get: infer O } ? Ok<O> : never;
type PostOf<P extends keyof paths> = paths[P] extends { post: infer O } ? Made<O> : never;
type ItemOf<T> = T extends { items: (infer I)[] } ? I : never;

/** Types are named by the path that answers them, so they follow the server's own description. */
export type Me = GetOf<"/api/me">;
export type Overview = GetOf<"/api/overview">;
export type Day = GetOf<"/api/overview/day">;
export type DayChange = GetOf<"/api/overview/changes">;
export type Need = ItemOf<GetOf<"/api/needs">>;
export type SavedView = ItemOf<GetOf<"/api/me/views">>;
type ListedCustomer = ItemOf<GetOf<"/api/customers">>;
export type CustomerRow = Omit<ListedCustomer, "rfm" | "matched" | "values"> & { readonly rfm: readonly number[] };
/** A line of the list itself, with what the search matched and the columns chosen. */
export type FoundCustomer = CustomerRow & Pick<ListedCustomer, "matched" | "values">;
export type CustomerColumn = ItemOf<GetOf<"/api/customer-columns">>;
export type PersonRequest = ItemOf<GetOf<"/api/customer-requests">>;
export type CorrectIn = paths["/api/customers/{uid}/correct"]["post"] extends infer O ? Body<O> : never;
export type ConsentsIn = paths["/api/customers/{uid}/consents"]["post"] extends infer O ? Body<O> : never;
export type Note = ItemOf<GetOf<"/api/customers/{uid}/notes">>;
export type DoneWith = ItemOf<GetOf<"/api/customers/{uid}/audit">>;
export type Customer = GetOf<"/api/customers/{uid}">;
export type Identity = GetOf<"/api/customers/{uid}/identity">;
/** What other rooms know of a person; open in the server's description, because any room may add its own. */
export interface SegmentOfPerson {
  readonly id: number;
  readonly name: string;
}
export interface MessageOfPerson {
  readonly campaign_id: number;
  readonly campaign: string;
  readonly arm: string;
  readonly state: string;
  readonly reason: string;
  readonly at: string | null;
}
export type Order = ItemOf<GetOf<"/api/customers/{uid}/orders">>;
export type TimelineItem = ItemOf<GetOf<"/api/customers/{uid}/timeline">>;
export type Review = ItemOf<GetOf<"/api/identity/review">>;
export type Preview = PostOf<"/api/segments/preview">;
export type SegmentRow = ItemOf<GetOf<"/api/segments">>;
export type Segment = GetOf<"/api/segments/{segment_id}">;
export type Lookalike = GetOf<"/api/segments/{segment_id}/lookalike">;
export type LookalikeTask = GetOf<"/api/segments/{segment_id}/lookalike/tasks/{task_id}">;
export type Suggestions = GetOf<"/api/identity/suggestions">;
export type Audience = ItemOf<GetOf<"/api/audiences">>;
export type AudienceIn = paths["/api/audiences"]["post"] extends infer O ? Body<O> : never;
export type AudienceTarget = ItemOf<GetOf<"/api/audience-targets">>;
export type AudienceOffer = ItemOf<GetOf<"/api/audience-targets/offers">>;
export type StaffNotices = GetOf<"/api/notices">;
export type Delivery = ItemOf<GetOf<"/api/audiences/{audience_id}/deliveries">>;
export type SegmentDiff = ItemOf<GetOf<"/api/segments/{segment_id}/diffs">>;
export type Channel = GetOf<"/api/channels">[number];
export type CampaignRow = ItemOf<GetOf<"/api/campaigns">>;
export type Campaign = GetOf<"/api/campaigns/{campaign_id}">;
export type CampaignIn = paths["/api/campaigns"]["post"] extends infer O ? Body<O> : never;
export type CampaignPlan = PostOf<"/api/campaigns/{campaign_id}/plan">;
export type CampaignResult = GetOf<"/api/campaigns/{campaign_id}/result">;
export type CampaignPerson = ItemOf<GetOf<"/api/campaigns/{campaign_id}/people">>;
export type Operation = GetOf<"/api/operations/{operation_id}">;
export type QuarantineRow = ItemOf<GetOf<"/api/quarantine">>;
export type Metric = ItemOf<GetOf<"/api/metrics">>;
export type MissingVariable = CampaignPlan["missing"][number];
export type ImportPreview = PostOf<"/api/imports/preview">;
export type ImportTargets = GetOf<"/api/imports/targets">;
export type ImportRow = ItemOf<GetOf<"/api/imports">>;
export type Role = ItemOf<GetOf<"/api/roles">>;
export type Permission = GetOf<"/api/roles">["permissions"][number];
export type RoleIn = paths["/api/roles"]["post"] extends infer O ? Body<O> : never;
export type Member = ItemOf<GetOf<"/api/users">>;
export type AccessIn = paths["/api/users/{user_id}"]["put"] extends infer O ? Body<O> : never;
export type InviteIn = paths["/api/invitations"]["post"] extends infer O ? Body<O> : never;
export type Invitation = ItemOf<GetOf<"/api/invitations">>;
export type AccessLink = PostOf<"/api/invitations">;
export type ApiKey = ItemOf<GetOf<"/api/api-keys">>;
export type ApiKeyIn = paths["/api/api-keys"]["post"] extends infer O ? Body<O> : never;
export type SignedIn = ItemOf<GetOf<"/api/me/sessions">>;
export type QuarantineGroup = ItemOf<GetOf<"/api/quarantine-groups">>;
export type Quality = GetOf<"/api/data/quality">;
export type DataField = ItemOf<GetOf<"/api/data/fields">>;
export type TagRow = ItemOf<GetOf<"/api/tags">>;
export type TagIn = paths["/api/tags"]["post"] extends infer O ? Body<O> : never;
export type TagChange = ItemOf<GetOf<"/api/tags/{tag_id}/changes">>;
export type TagReceived = ItemOf<GetOf<"/api/tags/{tag_id}/received">>;
export type TagTask = ItemOf<GetOf<"/api/tags/{tag_id}/settings">>;
export type PersonTag = ItemOf<GetOf<"/api/tags/of/{uid}">>;
export type AuditEntry = ItemOf<GetOf<"/api/audit">>;
export type Connector = GetOf<"/api/connectors">[number];
export type SourceRow = ItemOf<GetOf<"/api/sources">>;
export type SourceStream = SourceRow["streams"][number];
export type SourceDay = GetOf<"/api/sources/{source_id}/days">[number];
export type SourceIn = paths["/api/sources"]["post"] extends infer O ? Body<O> : never;
export type LookIn = paths["/api/sources/look"]["post"] extends infer O ? Body<O> : never;
export type Platform = GetOf<"/api/platforms">[number];
export type Account = ItemOf<GetOf<"/api/accounts">>;
export type AccountIn = paths["/api/accounts"]["post"] extends infer O ? Body<O> : never;
export type AccountCheck = PostOf<"/api/accounts/{account_id}/check">;

/** Sending. */
export type SendFigures = GetOf<"/api/delivery">;
export type SendWay = SendFigures["ways"][number];
export type SentMessage = ItemOf<GetOf<"/api/delivery/messages">>;
export type SendState = "waiting" | "sent" | "suppressed" | "failed" | "unknown" | "delivered" | "not_delivered" | "clicked" | "replied" | "opted_out";
export type MessageTemplate = ItemOf<GetOf<"/api/templates">>;
export type TemplateIn = paths["/api/templates"]["post"] extends infer O ? Body<O> : never;
export type SaidIn = paths["/api/messages/preview"]["post"] extends infer O ? Body<O> : never;
export type TestIn = paths["/api/messages/tests"]["post"] extends infer O ? Body<O> : never;
export type TestMessage = GetOf<"/api/messages/tests">[number];
export type Reach = ItemOf<GetOf<"/api/segments/{segment_id}/reach">>;
export type PersonMessage = ItemOf<GetOf<"/api/customers/{uid}/messages">>;

/** Journeys. */
export type JourneyRow = ItemOf<GetOf<"/api/journeys">>;
export type Journey = GetOf<"/api/journeys/{journey_id}">;
export type JourneyIn = paths["/api/journeys"]["post"] extends infer O ? Body<O> : never;
export type JourneyCounts = GetOf<"/api/journeys/{journey_id}/counts">;
export type NodeKind = GetOf<"/api/journey-nodes">[number];
export type JourneyEvent = GetOf<"/api/journey-events">[number];
export type JourneyBegun = GetOf<"/api/journey-gallery">[number];
