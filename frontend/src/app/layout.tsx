import type { Metadata, Viewport } from "next";
import { connection } from "next/server";
import type { ReactNode } from "react";
import { Backend } from "@/components/backend";
import { SiteFooter } from "@/components/site-footer";
import { SiteHeader } from "@/components/site-header";
import { publicApiAddress } from "@/lib/settings";
import "./globals.css";

export const metadata: Metadata = {
  title: { default: "NeuronIP", template: "%s · NeuronIP" },
  description: "Store documents and search their text.",
};

export const viewport: Viewport = {
  colorScheme: "light dark",
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#ffffff" },
    { media: "(prefers-color-scheme: dark)", color: "#141d1c" },
  ],
};

export default async function RootLayout({ children }: { children: ReactNode }) {
  // Nothing may be rendered while building: the address of the API and the
  // nonce of the content security policy exist only once a request is here.
  await connection();
  return (
    <html lang="en">
      <body>
        <a href="#main" className="skip-link">
          Skip to the content
        </a>
        <Backend address={publicApiAddress(process.env)}>
          <SiteHeader />
          <main id="main" tabIndex={-1}>
            <noscript>
              <p>This page needs JavaScript. Turn it on in your browser and load the page again.</p>
            </noscript>
            {children}
          </main>
        </Backend>
        <SiteFooter />
      </body>
    </html>
  );
}
