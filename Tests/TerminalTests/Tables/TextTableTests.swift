import Terminal
import Testing

@Suite struct TextTableTests {
  private var table: TextTable {
    var table = TextTable([
      .init("Region", isFlexible: true), .init("Replicas", .right), .init("Cost", .right),
      .init("Why", isFlexible: true, minimumWidth: 10),
    ])
    table.add(["us-east-1", "65", "$1.2k", "the peak of Black Friday and one region lost"])
    table.add(["東京リージョン", "5", "$12", "e\u{301}tude"])
    table.addRule()
    table.add(["total", "70"])
    return table
  }

  @Test("sets words left, numbers right, and wide characters in two columns")
  func wide() {
    #expect(
      table.text() == """
        Region          Replicas   Cost  Why
        --------------  --------  -----  --------------------------------------------
        us-east-1             65  $1.2k  the peak of Black Friday and one region lost
        東京リージョン         5    $12  étude
        --------------  --------  -----  --------------------------------------------
        total                 70

        """)
  }

  @Test("cuts the widest flexible column first, with an ellipsis")
  func narrow() {
    #expect(
      table.text(width: 60, style: Style(isColored: false, isUnicode: true), indent: 2) == """
          Region          Replicas   Cost  Why
          ──────────────  ────────  ─────  ─────────────────────────
          us-east-1             65  $1.2k  the peak of Black Friday…
          東京リージョン         5    $12  étude
          ──────────────  ────────  ─────  ─────────────────────────
          total                 70

        """)
  }

  @Test("fits every width down to what its columns need", arguments: 37...120)
  func fits(width: Int) {
    // 8 + 8 + 5 + 10 and three gaps of 2.
    let widest = table.text(width: width).split { $0 == "\n" }.map { DisplayWidth.of($0) }.max() ?? 0
    #expect(widest <= width)
  }

  @Test("never cuts a number")
  func numbers() {
    let text = table.text(width: 10)
    #expect(text.contains("$1.2k"))
    #expect(text.contains("Replicas"))
  }

  @Test("paints titles and cells without moving them")
  func colors() {
    let style = Style(isColored: true, isUnicode: false)
    var colored = TextTable([.init("Objective"), .init("Verdict", isFlexible: true, minimumWidth: 5)])
    var plain = colored
    colored.add(["p99", style(.bad, "x missed by far")])
    plain.add(["p99", "x missed by far"])
    for width in [18, 80] {
      #expect(DisplayWidth.withoutColor(colored.text(width: width, style: style)) == plain.text(width: width))
    }
    #expect(colored.text(width: 18, style: style).contains("\u{1B}[31mx miss~\u{1B}[0m"))
  }

  @Test("is Markdown with bars escaped and line breaks taken out")
  func markdown() {
    var table = TextTable([.init("Name"), .init("Count", .right)])
    table.add(["a|b\nc", "1"])
    table.addRule()
    table.add(["\u{1B}[31mred\u{1B}[0m", "1000000"])
    #expect(
      table.markdown == """
        | Name   |   Count |
        | ------ | ------: |
        | a\\|b c |       1 |
        | red    | 1000000 |

        """)
  }

  @Test("is nothing without columns, and titles without rows")
  func empty() {
    #expect(TextTable([]).text() == "")
    #expect(TextTable([]).markdown == "")
    #expect(TextTable([.init("A")]).text() == "A\n-\n")
    #expect(TextTable([.init("A")]).markdown == "| A   |\n| --- |\n")
  }
}
