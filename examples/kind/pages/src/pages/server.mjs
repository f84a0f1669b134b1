// Serves the pages beside it. Paths are looked up in a list that is read once, so that none leads out of the folder.
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";

const root = join(import.meta.dirname, "pages");
const types = { ".html": "text/html; charset=utf-8", ".css": "text/css", ".svg": "image/svg+xml" };
const pages = new Map();
for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
  if (entry.isFile()) {
    const path = join(entry.parentPath, entry.name);
    pages.set(path.slice(root.length), readFileSync(path));
  }
}

const server = createServer((request, response) => {
  // What is no address leads to no page.
  const path = URL.parse(request.url, "http://site")?.pathname ?? "";
  const name = path.endsWith("/") ? `${path}index.html` : path;
  const page = pages.get(name);
  response.writeHead(page ? 200 : 404, { "content-type": types[extname(name)] ?? "text/plain" });
  response.end(page ?? "not found\n");
});
process.on("SIGTERM", () => server.close(() => process.exit(0)).closeAllConnections());
server.listen(8080);
