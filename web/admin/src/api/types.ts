import type { paths } from "./schema";

/** The JSON body of a 200 answer. */
type Ok<O> = O extends { responses: { 200: { content: { "application/json": infer B } } } } ? B : never;
type Body<O> = O extends { requestBody: { content: { "application/json": infer B } } } ? B : never;

type GetOf<P extends keyof paths> = paths[P] extends { get: infer O } ? Ok<O> : never;
type PostOf<P extends keyof paths> = paths[P] extends { post: infer O } ? Ok<O> : never;
type ItemOf<T> = T extends { items: (infer I)[] } ? I : never;

/** Types are named by the path that answers them, so they follow the server's own description. */
export type Me = GetOf<"/api/me">;
export type Overview = GetOf<"/api/overview">;
export type CustomerRow = ItemOf<GetOf<"/api/customers">>;
export type Customer = GetOf<"/api/customers/{uid}">;
export type Identity = GetOf<"/api/customers/{uid}/identity">;
export type Order = ItemOf<GetOf<"/api/customers/{uid}/orders">>;
export type TimelineItem = ItemOf<GetOf<"/api/customers/{uid}/timeline">>;
export type Review = ItemOf<GetOf<"/api/identity/review">>;
export type Catalog = GetOf<"/api/rules/catalog">;
export type Relation = Catalog["relations"][number];
export type CatalogField = Relation["fields"][number];
export type Preview = PostOf<"/api/segments/preview">;
export type SegmentRow = ItemOf<GetOf<"/api/segments">>;
export type Segment = GetOf<"/api/segments/{id}">;
export type SegmentDiff = ItemOf<GetOf<"/api/segments/{id}/diffs">>;
export type Channel = GetOf<"/api/channels">[number];
export type CampaignRow = ItemOf<GetOf<"/api/campaigns">>;
export type Campaign = GetOf<"/api/campaigns/{id}">;
export type CampaignIn = paths["/api/campaigns"]["post"] extends infer O ? Body<O> : never;
export type CampaignPlan = PostOf<"/api/campaigns/{id}/plan">;
export type CampaignResult = GetOf<"/api/campaigns/{id}/result">;
export type CampaignPerson = ItemOf<GetOf<"/api/campaigns/{id}/people">>;
export type Operation = GetOf<"/api/operations/{id}">;
export type QuarantineRow = ItemOf<GetOf<"/api/quarantine">>;
export type ImportRow = ItemOf<GetOf<"/api/imports">>;
