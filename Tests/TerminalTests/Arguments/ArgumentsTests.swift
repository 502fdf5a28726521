import Terminal
import Testing

@Suite struct ArgumentsTests {
  /// A command line of `plan` and what the verb read: file, headroom, posture, hosts, shift, batch, wait, secret,
  /// format, seed, now.
  static let readings: [(String, String)] = [
    ("plan f", "f 0.3 warm [] - false true - text 1 -"),
    ("plan --headroom 0.5 f", "f 0.5 warm [] - false true - text 1 -"),
    ("plan --headroom=0.5 f", "f 0.5 warm [] - false true - text 1 -"),
    ("plan f -H 0.5", "f 0.5 warm [] - false true - text 1 -"),
    ("plan f -H0.5", "f 0.5 warm [] - false true - text 1 -"),
    ("plan f -H=0.5", "f 0.5 warm [] - false true - text 1 -"),
    ("plan f -bqH0.5", "f 0.5 warm [] - true true - text 1 -"),
    ("plan f --headroom -0.5", "f -0.5 warm [] - false true - text 1 -"),
    ("plan f --shift -3", "f 0.3 warm [] -3 false true - text 1 -"),
    ("plan -- -f", "-f 0.3 warm [] - false true - text 1 -"),
    ("plan -", "- 0.3 warm [] - false true - text 1 -"),
    ("plan -5", "-5 0.3 warm [] - false true - text 1 -"),
    ("plan f --allow-host a --allow-host=b", "f 0.3 warm [\"a\", \"b\"] - false true - text 1 -"),
    ("plan f --allow-host=-x", "f 0.3 warm [\"-x\"] - false true - text 1 -"),
    ("plan f --allow-host=a=b", "f 0.3 warm [\"a=b\"] - false true - text 1 -"),
    ("plan f --posture cold --no-wait", "f 0.3 cold [] - false false - text 1 -"),
    ("plan f --wait --wait", "f 0.3 warm [] - false true - text 1 -"),
    ("plan f --secret s", "f 0.3 warm [] - false true s text 1 -"),
    ("plan f --json", "f 0.3 warm [] - false true - json 1 -"),
    ("plan f --json --format json", "f 0.3 warm [] - false true - json 1 -"),
    ("plan f --format csv --seed 9 --now 2026-07-01", "f 0.3 warm [] - false true - csv 9 2026-07-01"),
    ("load saturation u", "saturation of u"),
    ("load saturation", "saturation of nothing"),
    ("echo z", "7 [] z"),
    ("echo 1 z", "1 [] z"),
    ("echo 1 a b z", "1 [\"a\", \"b\"] z"),
  ]

  @Test("reads what the command line says", arguments: readings)
  func reading(line: String, read: String) {
    let end = SampleProgram.run(line: line)
    #expect(end.out == read + "\n")
    #expect(end.code == .done)
  }

  @Test("passes on how the verb ended")
  func exitCodes() {
    #expect(SampleProgram.run(line: "plan missed.yaml").code == .objectiveMissed)
    #expect(SampleProgram.run(line: "plan bad.yaml").code == .badInput)
  }

  @Test("explains an error of the world in the application's words")
  func worldError() {
    let end = SampleProgram.run(line: "plan down.yaml --quiet")
    #expect(end.err == "Error: Prometheus does not answer. Try again.\n")
    #expect(end.code == .unavailable)
  }

  @Test("keeps notes to itself under --quiet")
  func quiet() {
    #expect(SampleProgram.run(line: "plan f").err == "reading f\n")
    #expect(SampleProgram.run(line: "plan f -q").err == "")
  }

  @Test("tells its version")
  func version() {
    #expect(SampleProgram.run(line: "--version") == ("sample 1.2\n", "", .done))
  }
}
