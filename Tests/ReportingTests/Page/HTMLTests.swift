import Testing

@testable import Reporting

@Suite struct HTMLTests {
  @Test("what is put into HTML is escaped; HTML itself is not")
  func interpolation() {
    let name = "<b>\"A&B's\"</b>"
    let cell: HTML = "<td>\(name)</td>"
    #expect(cell.text == "<td>&lt;b&gt;&quot;A&amp;B&#39;s&quot;&lt;/b&gt;</td>")
    let row: HTML = "<tr>\(cell)</tr>"
    #expect(row.text == "<tr>\(cell.text)</tr>")
    #expect(cell.plain == name)
  }

  @Test("a page is well-formed and needs nothing from the network")
  func page() {
    var page = HTMLPage(title: "A <page>", summary: "\"quoted\" & more")
    page.section("One", id: "one", HTML.table([.text("a"), .number("b")], rows: [["x", "1"]], emphasized: 0))
    let text = page.rendered()
    #expect(Markup.problem(in: text, html: true) == nil)
    for word in ["http://", "https://", "src=", "@import", "url("] { #expect(!text.contains(word), "\(word)") }
  }

  @Test(
    "the checker of markup sees what is broken",
    arguments: [
      "<a><b></a></b>", "<a", "<a b=c></a>", "a & b", "<a b=\"1\" b=\"2\"/>", "<a>", "&unknown;",
    ])
  func checker(broken: String) { #expect(Markup.problem(in: broken) != nil) }
}
