/** What begins where something else is put in, of Jinja, Go's templates and ERB. */
const MARK = /\{\{|\{%|<%/;

/**
 * The same YAML with each value that is a template and nothing else in quotes, as in `password: {{
 * rw_password }}`: without them it is a mapping, or no YAML. Lines stay where they are.
 */
export function quoteTemplates(text: string): string {
    if (!MARK.test(text)) return text;
    return text.replace(
        /^([ \t]*(?:- +)*(?:[^\s#:{}'"][^#:{}'"\n]*:[ \t]+)?)(\{\{[^\n]*\}\}|<%=[^\n]*%>)[ \t]*\r?$/gm,
        (line, before: string, template: string) =>
            /[:-][ \t]+$/.test(before) ? `${before}'${template.replaceAll("'", "''")}'` : line,
    );
}

/** What to do where a text cannot be read because it is a template; undefined where it is none. */
export function explainTemplate(text: string, name: string): string | undefined {
    const [mark] = MARK.exec(text) ?? [];
    if (mark === undefined) return undefined;
    const renderer = /\{\{[^}\n]{0,200}(?:\.Values|\.Release|\binclude )/.test(text)
        ? "helm template"
        : mark === "<%"
          ? "Puppet, Chef or erb"
          : "what deploys it, such as Ansible or Helm";
    return `${name} is a template (${mark}): render it first, with ${renderer}, and give what comes out`;
}
