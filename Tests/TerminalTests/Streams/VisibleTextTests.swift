import Terminal
import Testing

@Suite struct VisibleTextTests {
  @Test(
    "writes out what would steer a terminal",
    arguments: [
      ("\u{1B}]0;owned\u{07}shop", "\\x1b]0;owned\\x07shop"),  // sets the window's title (xterm, OSC 0)
      ("a\u{1B}[2Jb", "a\\x1b[2Jb"),  // clears the screen (ECMA-48, ED)
      ("a\u{1B}[8mb", "a\\x1b[8mb"),  // conceals what follows (ECMA-48, SGR 8)
      ("good\rbad", "good\\x0dbad"),
      ("a\u{8}b\u{7F}", "a\\x08b\\x7f"),
      ("a\u{9B}31mb", "a\\u{9b}31mb"),  // the one-byte CSI of C1
      ("a\0b", "a\\x00b"),
      ("a\u{202E}gpj.exe", "a\\u{202e}gpj.exe"),  // right-to-left override
      ("a\u{2066}b\u{2069}", "a\\u{2066}b\\u{2069}"),
      ("\u{1B}", "\\x1b"),
    ])
  func written(text: String, shown: String) {
    #expect(VisibleText.of(text) == shown)
  }

  @Test(
    "leaves alone what is text",
    arguments: [
      "", "plain", "a\tb\nc", "Größe · 日本 ✓ é ½ ب", "a,b\r\nc,d\r\n", "\u{1B}[31mred\u{1B}[0m", "a\u{2014}b“c”…",
    ])
  func kept(text: String) {
    #expect(VisibleText.of(text) == text)
  }

  @Test("lets every role's colour through, on a stream too")
  func roles() {
    let style = Style(isColored: true, isUnicode: true)
    let output = Output.memory()
    for role in Style.Role.allCases { output.write(style.marked(role, "text")) }
    #expect(output.contents == Style.Role.allCases.map { style.marked($0, "text") }.joined())
    let hostile = Output.memory()
    hostile.write("Error: no host '\u{1B}[2J'\n")
    #expect(hostile.contents == "Error: no host '\\x1b[2J'\n")
  }
}
