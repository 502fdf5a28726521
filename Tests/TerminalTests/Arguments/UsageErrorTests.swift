import Terminal
import Testing

@Suite struct UsageErrorTests {
  /// A command line and the sentences that it earns.
  struct Case: CustomTestStringConvertible, Sendable {
    var line: String
    var sentences: [String]
    init(_ line: String, _ sentences: String...) {
      self.line = line
      self.sentences = sentences
    }
    var testDescription: String { line }
  }

  static let cases: [Case] = [
    Case("paln f", "'paln' is not a verb of sample. Did you mean 'plan'?"),
    Case("saturation", "'saturation' is not a verb of sample. Did you mean 'sample load saturation'?"),
    Case("qqqq", "'qqqq' is not a verb of sample."),
    Case("replay hap", "'hap' is not a verb of sample replay. Did you mean 'hpa'?"),
    Case("replay --fast", "Unknown option '--fast'."),
    Case("--versoin", "Unknown option '--versoin'. Did you mean '--version'?"),
    Case("--quiet plan f", "The option '--quiet' comes before the verb. Write 'sample plan --quiet'."),
    Case("help paln", "'paln' is not a verb of sample. Did you mean 'plan'?"),
    Case("plan f --hedroom 0.2", "Unknown option '--hedroom'. Did you mean '--headroom'?"),
    Case("plan f --hedroom=0.2", "Unknown option '--hedroom'. Did you mean '--headroom'?"),
    Case("plan f --ehadroom 1", "Unknown option '--ehadroom'. Did you mean '--headroom'?"),
    Case("plan f --no-wiat", "Unknown option '--no-wiat'. Did you mean '--no-wait'?"),
    Case("plan f --no-batch", "Unknown option '--no-batch'."),
    Case("plan f --zzz", "Unknown option '--zzz'."),
    Case("plan f --secre x", "Unknown option '--secre'.", "Unexpected argument 'x'."),
    Case("plan f -x", "Unknown option '-x'."),
    Case("plan f -bx", "Unknown option '-x'."),
    Case("plan f -headroom 1", "Unknown option '-headroom'. Did you mean '--headroom'?"),
    Case("plan f -help", "Unknown option '-help'. Did you mean '--help'?"),
    Case("plan f -output x", "Unknown option '-output'. Did you mean '--output'?"),
    Case("plan f --headroom lots", "'lots' is no value for '--headroom': write a number such as 0.5."),
    Case("plan f --headroom nan", "'nan' is no value for '--headroom': write a number such as 0.5."),
    Case("plan f --headroom=", "'' is no value for '--headroom': write a number such as 0.5."),
    Case("plan f -Hlots", "'lots' is no value for '--headroom': write a number such as 0.5."),
    Case("plan f --shift 1.5", "'1.5' is no value for '--shift': write a whole number such as 42."),
    Case("plan f --seed -1", "'-1' is no value for '--seed': write a whole number from 0 up, such as 42."),
    Case(
      "plan f --seed 18446744073709551616",
      "'18446744073709551616' is no value for '--seed': write a whole number from 0 up, such as 42."),
    Case("plan f --headroom", "Missing value for '--headroom': write a number such as 0.5."),
    Case("plan f -H", "Missing value for '-H': write a number such as 0.5."),
    Case("plan f --headroom --batch", "Missing value for '--headroom': write a number such as 0.5."),
    Case(
      "plan f --allow-host -x",
      "Missing value for '--allow-host': write some text, or '--allow-host=-x' if '-x' is the value."),
    Case(
      "plan f --posture hto", "'hto' is no value for '--posture': choose from hot, warm or cold. Did you mean 'hot'?"),
    Case(
      "plan f --format jsn", "'jsn' is no value for '--format': choose from text, json or csv. Did you mean 'json'?"),
    Case("plan f --format html", "'html' is no value for '--format': choose from text, json or csv."),
    Case("plan f --format", "Missing value for '--format': choose from text, json, csv."),
    Case("plan f --json --format csv", "'--json' and '--format csv' contradict each other. Keep one."),
    Case("plan f --json --format text", "'--json' and '--format text' contradict each other. Keep one."),
    Case("plan f --batch=yes", "'--batch' takes no value, but was given 'yes'."),
    Case("plan f -b=yes", "'-b' takes no value, but was given 'yes'."),
    Case("plan f --seed 1 --seed 2", "'--seed' is given twice ('1' and '2'). Keep one."),
    Case("plan f -o a --output=b", "'--output' is given twice ('a' and 'b'). Keep one."),
    Case("plan f --wait --no-wait", "'--wait' and '--no-wait' contradict each other. Keep one."),
    Case("plan", "Missing argument 'FILE'."),
    Case("plan f g", "Unexpected argument 'g'."),
    Case("plan f -- -g --h", "Unexpected argument '-g'.", "Unexpected argument '--h'."),
    Case("plan f --headroom 2", "'--headroom' must be below 1. Write 0.3 for 30 %."),
    Case("load u", "Missing option '--rate': write 120/s."),
    Case("load u --rate", "Missing value for '--rate': write 120/s."),
    Case("load u --rate 120", "'120' is no value for '--rate': write 120/s."),
    Case("load", "Missing argument 'URL'.", "Missing option '--rate': write 120/s."),
    Case("echo", "Missing argument 'LAST'."),
    Case(
      "plan --hedroom 2 --seed x --posture worm --zzz",
      "Unknown option '--hedroom'. Did you mean '--headroom'?", "Unknown option '--zzz'.",
      "'worm' is no value for '--posture': choose from hot, warm or cold. Did you mean 'warm'?",
      "Missing argument 'FILE'.", "'x' is no value for '--seed': write a whole number from 0 up, such as 42."),
    Case("plan odd.yaml", "'odd.yaml' is no plan. Name another."),
  ]

  @Test("tells everything that is wrong with a command line, and ends with 64", arguments: cases)
  func sentences(of example: Case) {
    let end = SampleProgram.run(line: example.line)
    let told = end.err.split(separator: "\n").filter { $0.hasPrefix("Error: ") }.map { String($0.dropFirst(7)) }
    #expect(told == example.sentences)
    #expect(end.code == .usage)
    #expect(end.out.isEmpty == (example.line != "plan odd.yaml"))
  }

  @Test("ends with the usage line and the way to help")
  func ending() {
    #expect(
      SampleProgram.run(line: "plan f --hedroom 1").err == """
        Error: Unknown option '--hedroom'. Did you mean '--headroom'?
        Usage: sample plan FILE [options]
        See 'sample plan --help' for more information.

        """)
    #expect(SampleProgram.run(line: "load").err.contains("\nUsage: sample load [VERB] URL --rate RATE [options]\n"))
    #expect(SampleProgram.run(line: "replay hap").err.contains("\nSee 'sample replay --help' for more"))
  }
}
