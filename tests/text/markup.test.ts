import assert from "node:assert/strict";
import fc from "fast-check";
import { markup, trusted } from "../../text/markup.ts";

describe("markup", () => {
    it("writes a text as a text, between tags and in an attribute", () => {
        const text = `<script>"&'`;
        assert.equal(
            markup`<p title="${text}">${text}</p>`.toString(),
            '<p title="&lt;script&gt;&quot;&amp;&#39;">&lt;script&gt;&quot;&amp;&#39;</p>',
        );
    });

    it("puts its own into its own, many and none", () => {
        const item = (text: string) => markup`<li>${text}</li>`;
        const list = markup`<ul>${["a", "<"].map(item)}${undefined}${trusted("<hr>")}${7}</ul>`;
        assert.equal(list.toString(), "<ul><li>a</li><li>&lt;</li><hr>7</ul>");
    });

    it("shows what has no glyph, such as marks of direction", () => {
        assert.equal(markup`${"a\u202eb"}`.toString(), String.raw`a\u202eb`);
    });

    it("lets no text begin a tag, or end an attribute", () => {
        fc.assert(
            fc.property(fc.string({ unit: "binary" }), (text) => {
                assert.match(markup`${text}`.toString(), /^[^<>"']*$/u);
            }),
        );
    });
});
