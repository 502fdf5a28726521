/// A self-contained page: one stylesheet, no network, no script needed.
public struct HTMLPage: Sendable {
  /// What the browser's tab and the bookmark say.
  public var title: String
  /// One sentence for whoever finds the page in a list.
  public var summary: String
  var theme = Stylesheet.Theme.automatic
  private var body: HTML = ""

  public init(title: String, summary: String) {
    self.title = title
    self.summary = summary
  }

  public mutating func add(_ html: HTML) {
    body += html
    body += "\n"
  }

  /// A section with a heading that links can point to.
  public mutating func section(_ heading: String, id: String, _ content: HTML) {
    add("<section id=\"\(id)\"><h2>\(heading)</h2>\n\(content)</section>")
  }

  /// The document as it is written to a file.
  public func rendered() -> String {
    opening("<style>\n\(HTML(raw: Stylesheet.css(theme: theme)))</style>").text + "<body><main>\n" + body.text
      + "</main></body></html>\n"
  }

  /// The same as a page of a site, which has its stylesheet and scripts in files of its own.
  ///
  /// - Parameters:
  ///   - stylesheets: their addresses.
  ///   - scripts: theirs; each runs once the page is read.
  ///   - icon: of the browser's tab.
  ///   - banner: what stands above every page of the site.
  public func rendered(stylesheets: [String], scripts: [String], icon: String, banner: HTML) -> String {
    let links = stylesheets.map { sheet -> HTML in "<link rel=\"stylesheet\" href=\"\(sheet)\">\n" }.joined()
    let code = scripts.map { script -> HTML in "<script src=\"\(script)\" defer></script>\n" }.joined()
    let mark: HTML = "<link rel=\"icon\" href=\"\(icon)\">\n"
    return opening(mark + links + code).text
      + "<body>\n<a class=\"skip\" href=\"#main\">Skip to the answer</a>\n\(banner.text)\n<main id=\"main\">\n"
      + body.text
      + "</main></body></html>\n"
  }

  /// Everything up to the body.
  private func opening(_ style: HTML) -> HTML {
    """
    <!doctype html>
    <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
    <meta name="color-scheme" content="light dark"><meta name="description" content="\(summary)"><title>\(title)</title>
    \(style)</head>
    """
  }
}
