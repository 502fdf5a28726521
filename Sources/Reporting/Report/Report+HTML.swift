extension Report {
  /// The report as one self-contained page.
  public func html() -> String { page().rendered() }

  func page() -> HTMLPage { page(withControls: "") { $0 } }

  /// The report as a page of a site, with the site's own controls between the facts and the argument.
  ///
  /// - Parameters:
  ///   - controls: what a reader may change; empty in a file.
  ///   - framed: what the site puts around the picture that carries the argument.
  public func page(withControls controls: HTML, framed: (HTML) -> HTML) -> HTMLPage {
    var page = HTMLPage(title: title, summary: headline)
    page.add("<p class=\"kicker\">\(kicker)</p>\n<h1>\(Report.bound(headline))</h1>")
    if !lead.isEmpty { page.add("<p class=\"lead\">\(Report.bound(lead))</p>") }
    if !facts.isEmpty { page.add(factList) }
    if !controls.isEmpty { page.add(controls) }
    if let argument {
      page.add("<p id=\"argument\">\(argument.sentence)</p>")
      if let chart = argument.chart { page.add(framed(chart.figure(id: argument.id, caption: argument.caption))) }
    }
    if sections.count > 4 {
      let links = sections.map { section -> HTML in "<a href=\"#\(section.id)\">\(section.heading)</a> " }
      page.add("<nav aria-label=\"Sections\">\(links.joined())</nav>")
    }
    for section in sections { page.section(section.heading, id: section.id, content(of: section)) }
    if !footer.isEmpty {
      page.add("<footer>\(footer.map { line -> HTML in "<p>\(Report.code(line))</p>\n" }.joined())</footer>")
    }
    return page
  }

  /// What stands under a section's heading.
  public func content(of section: Section) -> HTML {
    let sentence: HTML = section.sentence.isEmpty ? "" : "<p>\(section.sentence)</p>\n"
    return sentence + section.blocks.map { render($0) }.joined()
  }

  /// The facts alone, each linked to its derivation.
  public var factList: HTML {
    let items = facts.map { fact -> HTML in
      "<div><dt>\(fact.meaning)</dt><dd>\(linked(fact.value, fact.number))</dd></div>\n"
    }
    return facts.isEmpty ? "" : "<dl class=\"facts\">\n\(items.joined())</dl>"
  }

  /// A number and its per cent sign stay on one line.
  private static func bound(_ text: String) -> String { text.replacing(" %", with: "\u{A0}%") }

  private func linked(_ text: String, _ number: String?) -> HTML {
    guard let number, derived.contains(number) else { return HTML(text: text) }
    return "<a href=\"#why-\(number)\" title=\"How this number was reached\">\(text)</a>"
  }

  private func render(_ block: Block) -> HTML {
    switch block {
    case .chart(let chart, let id, let caption): return chart.figure(id: id, caption: caption)
    case .pair(let a, let b):
      return "<div class=\"two\"><div>\(render(a, half: true))</div><div>\(render(b, half: true))</div></div>\n"
    case .part(let part): return render(part, half: false)
    case .text(let text): return "<p>\(Report.code(text))</p>\n"
    case .table(let table):
      return HTML.table(
        table.columns, rows: table.rows.map { $0.map { cell($0) } }, emphasized: table.emphasized)
    case .findings(let items):
      let rows = items.map { item -> HTML in
        let because: HTML = item.because.isEmpty ? "" : "<p>\(Report.code(item.because))</p>"
        return
          "<li><span class=\"tag \(item.kind.rawValue)\">\(item.tag)</span><div><b>\(Report.code(item.what))</b>\(because)</div></li>\n"
      }
      return "<ol class=\"findings\">\n\(rows.joined())</ol>\n"
    case .list(let lines):
      return "<ul class=\"plain\">\n\(lines.map { line -> HTML in "<li>\(Report.code(line))</li>\n" }.joined())</ul>\n"
    case .code(let text): return "<pre><code>\(text)</code></pre>\n"
    case .ledger(let entries): return "<dl class=\"ledger\">\n\(entries.map { render($0) }.joined())</dl>\n"
    }
  }

  private func render(_ part: Part, half: Bool) -> HTML {
    let figure = part.chart.map { $0.figure(id: part.id, caption: part.caption, half: half) }
    return "<h3>\(part.heading)</h3>\n<p>\(part.sentence)</p>\n\(figure)"
  }

  private func cell(_ cell: Cell) -> HTML {
    let text: HTML = cell.link.map { "<a href=\"\($0)\">\(cell.text)</a>" } ?? linked(cell.text, cell.number)
    return cell.mark.map { "<span class=\"\($0.rawValue)\">\(text)</span>" } ?? text
  }

  private func render(_ entry: Entry) -> HTML {
    var details: [HTML] = []
    if !entry.formula.isEmpty { details.append("<code>\(entry.formula)</code>") }
    if !entry.worked.isEmpty { details.append("<code>\(entry.worked)</code>") }
    var words: HTML = ""
    for line in details { words += "<div>\(line)</div>" }
    if !entry.inputs.isEmpty {
      let links = entry.inputs.map { input -> HTML in "<a href=\"#why-\(input.id)\">\(input.title)</a>" }
      words += "<p>From \(links.joined(separator: ", ")).</p>"
    }
    if !entry.origin.isEmpty { words += "<p>\(Report.code(entry.origin))</p>" }
    if !entry.because.isEmpty { words += "<p>\(Report.code(entry.because))</p>" }
    return
      "<div id=\"why-\(entry.id)\"><dt><b>\(entry.title)</b><span class=\"small soft\">\(entry.id)</span></dt><dd><b>\(entry.value)</b>\(words)</dd></div>\n"
  }

  /// Plain text in which `pieces between backquotes` are code.
  static func code(_ text: String) -> HTML {
    let pieces = text.split(separator: "`", omittingEmptySubsequences: false)
    guard pieces.count > 2 else { return HTML(text: text) }
    var result: HTML = ""
    for (i, piece) in pieces.enumerated() {
      let isCode = i % 2 == 1 && i < pieces.count - 1
      result += isCode ? "<code>\(piece)</code>" : HTML(text: piece)
    }
    return result
  }
}
