import Terminal
import Testing

@Suite struct StyleTests {
  /// Choice, whether a terminal shows it, variables, and whether it is coloured.
  static let decisions: [(ColorChoice, Bool, [String: String], Bool)] = [
    (.auto, true, ["TERM": "xterm"], true),
    (.auto, false, ["TERM": "xterm"], false),
    (.auto, true, ["TERM": "dumb"], false),
    (.auto, true, [:], false),
    (.auto, true, ["TERM": "xterm", "NO_COLOR": "1"], false),
    (.auto, true, ["TERM": "xterm", "NO_COLOR": ""], true),
    (.auto, false, ["CLICOLOR_FORCE": "1"], true),
    (.auto, false, ["CLICOLOR_FORCE": "0"], false),
    (.auto, true, ["TERM": "xterm", "CLICOLOR_FORCE": "1", "NO_COLOR": "1"], false),
    (.always, false, ["NO_COLOR": "1"], true),
    (.never, true, ["TERM": "xterm", "CLICOLOR_FORCE": "1"], false),
  ]

  @Test("colours by choice, then NO_COLOR, then force, then the terminal", arguments: decisions)
  func color(choice: ColorChoice, isTerminal: Bool, variables: [String: String], expected: Bool) {
    #expect(Style(choice, isTerminal: isTerminal, environment: Environment(variables)).isColored == expected)
  }

  @Test(
    "writes signs beyond ASCII only where the locale is UTF-8",
    arguments: [
      ([:], false), (["LANG": "C"], false), (["LANG": "en_US.UTF-8"], true), (["LANG": "de_DE.utf8@euro"], true),
      (["LC_ALL": "C", "LANG": "C.UTF-8"], false), (["LC_ALL": "", "LC_CTYPE": "C.UTF-8"], true),
    ] as [([String: String], Bool)])
  func unicode(variables: [String: String], expected: Bool) {
    #expect(Environment(variables).isUTF8 == expected)
  }

  @Test("says a judgement by a sign as well as by colour")
  func marks() {
    let colored = Style(isColored: true, isUnicode: true)
    #expect(colored.marked(.bad, "missed") == "\u{1B}[31m✗ missed\u{1B}[0m")
    #expect(Style.plain.marked(.bad, "missed") == "x missed")
    #expect(Style.plain.marked(.good, "met") == "ok met")
    #expect(Style.plain.marked(.demand, "120/s") == "120/s")
    let signs = [Style.Role.good, .warning, .bad].map { Style.plain.mark($0) }
    #expect(Set(signs).count == 3)
  }

  @Test("paints no empty text")
  func empty() {
    #expect(Style(isColored: true, isUnicode: true)(.bad, "") == "")
  }

  @Test("is told by --color through the console of a verb")
  func console() {
    let console = Console(result: .memory(), messages: .memory(), choice: .always, environment: Environment())
    console.warn("Too hot. Cool it.")
    #expect(console.messages.contents == "\u{1B}[33mWarning:\u{1B}[0m Too hot. Cool it.\n")
    #expect(Console(result: .memory(), messages: .memory(), environment: Environment(["COLUMNS": "132"])).width == 132)
    #expect(Console(result: .memory(), messages: .memory(), environment: Environment(["COLUMNS": "x"])).width == 80)
  }
}
