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

  @Test("sets the widest flexible column in several lines first, and loses nothing")
  func narrow() {
    #expect(
      table.text(width: 60, style: Style(isColored: false, isUnicode: true), indent: 2) == """
          Region          Replicas   Cost  Why
          ──────────────  ────────  ─────  ─────────────────────────
          us-east-1             65  $1.2k  the peak of Black Friday
                                           and one region lost
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

  @Test("breaks titles at their spaces before cells, and words only where they are wider than their column")
  func titles() {
    var table = TextTable([.init("policy", isFlexible: true), .init("over capacity", .right), .init("mean", .right)])
    table.add(["target tracking at 70 %", "none", "26.7"])
    table.add(["https://a.example.com/x/y", "7 min", "27"])
    #expect(
      table.text(width: 40) == """
        policy                        over  mean
                                  capacity
        ------------------------  --------  ----
        target tracking at 70 %       none  26.7
        https://a.example.com/x/     7 min    27
        y

        """)
    #expect(DisplayWidth.wrapped("a bb ccc", columns: 4) == ["a bb", "ccc"])
    #expect(DisplayWidth.wrapped("abcdefgh", columns: 3) == ["abc", "def", "gh"])
    #expect(DisplayWidth.wrapped("東京 都", columns: 4) == ["東京", "都"])
    #expect(DisplayWidth.wrapped("", columns: 4) == [""])
    #expect(DisplayWidth.wrapped("active-active", columns: 10) == ["active-", "active"])
    #expect(DisplayWidth.wrapped("between 80 % and 30 %", columns: 20) == ["between 80 % and", "30 %"])
    #expect(DisplayWidth.wrapped("-5 - 3", columns: 2) == ["-5", "-", "3"])
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
    // The colour goes on over the break, and nothing else has it.
    let narrow = colored.text(width: 18, style: style)
    #expect(narrow.contains("\u{1B}[31mx missed\u{1B}[0m") || narrow.contains("\u{1B}[31mx\u{1B}[0m"))
    #expect(narrow.contains("\u{1B}[31mby far\u{1B}[0m") || narrow.contains("far\u{1B}[0m"))
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
