import type { Metadata } from "next";
import { RequireApi } from "@/components/backend";
import { PageHeading } from "@/components/page-heading";
import { SearchScreen } from "@/features/search/search-screen";
import { firstValue, parsePage } from "@/lib/paging";

// The template of the layout does not reach pages in its own folder.
export const metadata: Metadata = { title: { absolute: "Search · NeuronIP" } };

export default async function SearchPage({ searchParams }: PageProps<"/">) {
  const { q, page } = await searchParams;
  return (
    <>
      <PageHeading title="Search">
        Find words in the titles and the text of all documents.
      </PageHeading>
      <RequireApi>
        <SearchScreen query={firstValue(q).trim()} page={parsePage(page)} />
      </RequireApi>
    </>
  );
}
