import type { Metadata } from "next";
import { RequireApi } from "@/components/backend";
import { DocumentScreen } from "@/features/documents/document-screen";

export const metadata: Metadata = { title: "Document" };

export default async function DocumentPage({ params }: PageProps<"/documents/[id]">) {
  const { id } = await params;
  return (
    <RequireApi>
      <DocumentScreen id={id} />
    </RequireApi>
  );
}
