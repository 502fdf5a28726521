import Testing

/// A finding is one case of its topic's enum in Planning and one sentence in Reporting: the compiler holds each case to
/// its words, and this each enum.
@Suite struct FindingListTests {
  static let planning = Checkout.swiftFiles(under: "Sources/Planning")
  static let findings = enums(conformingTo: "FindingFact", in: planning)
  static let assumptions = enums(conformingTo: "AssumptionFact", in: planning)

  @Test("the topics are found")
  func thereAreTopics() {
    #expect(Self.findings.count >= 9 && Self.assumptions.count >= 4)
    #expect(Self.findings.contains { $0.name == "DemandFinding" && $0.cases.contains("historyIsOld") })
  }

  @Test("every topic's findings have their words in a file of their own", arguments: findings.map(\.name))
  func findingsAreWorded(_ name: String) {
    let words = Checkout.read("Sources/Reporting/Findings/\(name)+Words.swift") ?? ""
    #expect(
      words.contains("extension \(name): Worded {"), "word \(name) in Sources/Reporting/Findings/\(name)+Words.swift")
  }

  @Test("every topic's assumptions have their sentences", arguments: assumptions.map(\.name))
  func assumptionsAreWorded(_ name: String) {
    let words = Checkout.swiftFiles(under: "Sources/Reporting/Findings").map(\.text)
    #expect(words.contains { $0.contains("extension \(name): WordedAssumption {") }, "\(name) has no sentences")
  }

  @Test("every case has a sample, whose words are tested", arguments: findings + assumptions)
  func casesHaveSamples(_ topic: Topic) {
    let samples = Checkout.read("Tests/ReportingTests/Findings/FindingSamples.swift") ?? ""
    for name in topic.cases { #expect(samples.contains(".\(name)"), "\(topic.name) has no sample of \(name)") }
  }

  @Test("cases are read from an enum's own level only")
  func casesAreRead() {
    let text = """
      public enum AFinding: FindingFact, Hashable {
        /// One.
        case one(Int)
        case two
        enum Inner { case three }
        struct S {
          func f() { switch self { case .four: 4 } }
        }
        public var code: String {
          switch self {
          case .one: "one"
          }
        }
      }
      enum Other { case five }
      """
    #expect(Self.enums(conformingTo: "FindingFact", in: text) == [Topic(name: "AFinding", cases: ["one", "two"])])
  }

  struct Topic: Sendable, Equatable, CustomTestStringConvertible {
    var name: String
    var cases: [String]
    var testDescription: String { name }
  }

  static func enums(conformingTo fact: String, in files: [Checkout.File]) -> [Topic] {
    files.flatMap { enums(conformingTo: fact, in: $0.text) }
  }

  /// The enums of a text that conform to a protocol, with the names of their cases: lines at two spaces.
  static func enums(conformingTo fact: String, in text: String) -> [Topic] {
    var topics: [Topic] = []
    var isInside = false
    for line in text.split(separator: "\n") {
      if line.hasPrefix("}") { isInside = false }
      if line.hasPrefix("public enum "), line.contains(fact) {
        topics.append(Topic(name: String(line.dropFirst(12).prefix { $0 != ":" }), cases: []))
        isInside = true
      } else if isInside, line.hasPrefix("  case ") {
        topics[topics.count - 1].cases.append(String(line.dropFirst(7).prefix { $0.isLetter || $0.isNumber }))
      }
    }
    return topics
  }
}
