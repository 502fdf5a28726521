import Terminal
import Testing

@Suite struct DisplayWidthTests {
  @Test(
    "counts the columns of a terminal, not characters",
    arguments: [
      ("", 0), ("plan", 4), ("é", 1), ("e\u{301}", 1), ("日本", 4), ("한국", 4), ("ﾊﾝ", 2), ("ＡＢ", 4), ("👍", 2), ("👩‍🚀", 2),
      ("🇩🇪", 2), ("❤️", 2), ("❤", 1), ("…", 1), ("█▏", 2), ("⠤", 1), ("µs", 2), ("\u{200B}", 0),
      ("\u{1B}[31mred\u{1B}[0m", 3),
      ("\u{1B}[31", 0), ("a\u{7}b", 2), ("₿", 1),
    ])
  func width(text: String, columns: Int) {
    #expect(DisplayWidth.of(text) == columns)
  }

  @Test("cuts before a character that does not fit whole")
  func prefix() {
    #expect(DisplayWidth.prefix("日本語", columns: 5) == ("日本", 4))
    #expect(DisplayWidth.prefix("abc", columns: 0) == ("", 0))
    #expect(DisplayWidth.prefix("e\u{301}tude", columns: 1) == ("e\u{301}", 1))
  }

  @Test("ends a colour that was begun before the cut")
  func coloredPrefix() {
    #expect(DisplayWidth.prefix("\u{1B}[31mmissed\u{1B}[0m", columns: 3) == ("\u{1B}[31mmis\u{1B}[0m", 3))
  }

  @Test("takes colours out")
  func withoutColor() {
    #expect(DisplayWidth.withoutColor("a \u{1B}[1;31mred\u{1B}[0m b") == "a red b")
  }
}
