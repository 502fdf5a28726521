import HeadroomTesting
import Testing

/// No verb ends with anything but 0 without saying why.
@Suite("No exit is silent") struct SilentExitTests {
  /// What a user may give by mistake; each verb's own options are not needed to go wrong.
  static let inputs: [(name: String, text: String?)] = [
    ("none", nil), ("missing.yaml", nil), ("empty.yaml", ""), ("odd.csv", "a,b\n1,x\n\"unclosed\n"),
    ("null.yaml", "plan:\ntraffic:\nservice:\n"), ("null.json", "null\n"), ("list.yaml", "- 1\n- 2\n"),
    ("bytes.yaml", "\u{1}\u{2}\u{FFFD}"),
  ]

  static let verbs = Result { try HelpTests.pages.get().map(\.verb).filter { !$0.isEmpty } }

  @Test("every verb tells what is wrong", arguments: inputs.indices)
  func told(_ i: Int) throws {
    let folder = try Command.temporaryFolder()
    defer { Command.remove(folder: folder) }
    let input = Self.inputs[i]
    if let text = input.text { try Command.write(text, to: "\(folder)/\(input.name)") }
    for verb in try Self.verbs.get() {
      // Verbs of a load test must not find a host to ask, and what writes writes into the test's own folder.
      let words = verb.split(separator: " ").map(String.init) + (input.name == "none" ? [] : [input.name])
      let result = try Command.run(words, in: folder, through: ["timeout", "60"])
      if result.exit != 0 {
        #expect(!(result.stdout + result.stderr).filter { $0 != "\n" }.isEmpty, "\(words) ends with \(result.exit)")
      }
      #expect([0, 1, 2, 64, 65, 69].contains(result.exit), "\(words) ends with \(result.exit)")
    }
  }
}
