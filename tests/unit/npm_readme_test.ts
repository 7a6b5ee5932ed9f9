import { assertEquals } from "@std/assert";
import { npmDocument } from "../package/npm_readme.ts";

Deno.test("a document of the npm package leads only to what the package holds", () => {
  for (
    const [path, text, expected] of [
      ["README.md", "[users](docs/RUNNERS.md#jest)", "[users](docs/RUNNERS.md#jest)"],
      ["README.md", "[users](docs/internals/users.md)", "users"],
      ["README.md", "No loss ([how](docs/internals/users.md)).", "No loss."],
      ["README.md", "No loss ([how](docs/RUNNERS.md)).", "No loss ([how](docs/RUNNERS.md))."],
      ["README.md", "![bench](docs/bench.svg)\n\nAs fast", "As fast"],
      [
        "README.md",
        "[Deno](https://deno.com) [here](#top)",
        "[Deno](https://deno.com) [here](#top)",
      ],
      ["docs/RUNNERS.md", "[up](../README.md) [on](deploy/README.md)", "[up](../README.md) on"],
      [
        "docs/SECURITY.md",
        "[list](CHANGELOG.md) [users](../src/a.ts)",
        "[list](CHANGELOG.md) users",
      ],
    ]
  ) assertEquals(npmDocument(path, text), expected);
});

Deno.test("a document of the npm package has the name that the package has there, and nothing of the repository", () => {
  const ours = `before
<!-- repository -->

deno task start

<!-- /repository -->

import { startTestServer } from "@redeno/redeno/testing";
`;
  assertEquals(
    npmDocument("README.md", ours),
    `before
import { startTestServer } from "redeno/testing";
`,
  );
});
