import Terminal

/// A small program in the shape of the real one, for parsing, help and completion.
enum SampleProgram {
  static let application = Application(
    name: "sample", version: "1.2", summary: "how many of what, and when",
    examples: [
      Example("sample plan plan.yaml", "the whole plan"),
      Example("sample load http://localhost:8080 --rate 120/s", "what the service does at 120 requests a second"),
    ],
    verbs: [
      .verb(PlanVerb.self),
      .group(LoadVerb.self, [.verb(SaturationVerb.self)]),
      .group(
        VerbInfo("replay", "what would this policy have decided?", section: "Scaling"), [.verb(ReplayHPAVerb.self)]),
      .verb(EchoVerb.self),
    ],
    explain: { error in
      (error as? World).map { Failure(["\($0.reason) Try again."], exitCode: .unavailable) }
    })

  /// Runs the program and returns what it wrote and how it ended.
  static func run(
    _ words: [String], environment: Environment = Environment(["LANG": "C.UTF-8"])
  ) -> (out: String, err: String, code: ExitCode) {
    let out = Output.memory()
    let err = Output.memory()
    let code = application.run(words, out: out, err: err, environment: environment)
    return (out.contents, err.contents, code)
  }

  /// The words of a line, divided at spaces.
  static func run(line: String) -> (out: String, err: String, code: ExitCode) {
    run(line.split(separator: " ").map(String.init))
  }
}

struct World: Error {
  var reason: String
}

/// A rate as another room would make it an argument.
struct Rate: ArgumentValue {
  var perSecond: Double
  init?(argument: String) {
    guard argument.hasSuffix("/s"), let value = Double(argument.dropLast(2)), value >= 0 else { return nil }
    perSecond = value
  }
  static var argumentExample: String { "120/s" }
  var argumentText: String { "\(perSecond)/s" }
}

enum Posture: String, CaseIterable, ArgumentValue {
  case hot, warm, cold
}

struct PlanVerb: Verb {
  static let info = VerbInfo(
    "plan", "how much of what, where, when, at what cost?",
    discussion: "Reads a plan file and answers in one page. Every number can be explained.",
    examples: [
      Example("sample plan plan.yaml", "the plan as text"),
      Example("sample plan plan.yaml --json", "the same for a program"),
    ],
    seeAlso: ["load saturation", "replay"], section: "Planning")

  let file: String
  let headroom: Double
  let posture: Posture
  let hosts: [String]
  let shift: Int?
  let isBatch: Bool
  let waits: Bool
  let secret: String?
  let common: SharedOptions

  init(_ a: inout Arguments) throws(UsageError) {
    isBatch = a.flag("batch", short: "b", help: "one JSON question a line on stdin, one answer a line on stdout")
    headroom = try a.option(
      "headroom", short: "H", value: "FRACTION", default: 0.3, help: "spare capacity above the peak")
    posture = try a.option("posture", default: Posture.warm, help: "how the standby waits")
    hosts = try a.options("allow-host", value: "HOST", help: "a host that load may be sent to")
    shift = try a.option("shift", value: "DAYS", help: "days to move the horizon by")
    waits = a.flag("wait", default: true, help: "wait for the service")
    secret = try a.option("secret", help: "not shown", isHidden: true)
    file = try a.positional("FILE", help: "the plan file", completion: .files(["yaml", "yml"]))
    a.check(headroom < 1, "'--headroom' must be below 1. Write 0.3 for 30 %.")
    common = try SharedOptions(&a, formats: [.text, .json, .csv], seed: 1, now: true)
  }

  func run() throws -> ExitCode {
    let console = common.console
    console.note("reading \(file)")
    console.print(
      "\(file) \(headroom) \(posture) \(hosts) \(shift.map(String.init) ?? "-") \(isBatch) \(waits) "
        + "\(secret ?? "-") \(common.format.rawValue) \(common.seed) \(common.now ?? "-")")
    switch file {
    case "missed.yaml": return .objectiveMissed
    case "spoiled.yaml": return .worldFailed
    case "bad.yaml": return .badInput
    case "down.yaml": throw World(reason: "Prometheus does not answer.")
    case "odd.yaml": throw UsageError("'odd.yaml' is no plan. Name another.")
    default: return .done
    }
  }
}

struct LoadVerb: Verb {
  static let info = VerbInfo("load", "what does the real service do?", section: "Load")
  let url: String
  let rate: Rate

  init(_ a: inout Arguments) throws(UsageError) {
    url = try a.positional("URL", help: "the service")
    rate = try a.option("rate", help: "requests a second")
  }

  func run() throws -> ExitCode { .done }
}

struct SaturationVerb: Verb {
  static let info = VerbInfo("saturation", "at which rate does the service tip over?", section: "Load")
  let url: String?
  let console: Console

  init(_ a: inout Arguments) throws(UsageError) {
    url = try a.positional("URL", help: "the service")
    console = a.console
  }

  func run() throws -> ExitCode {
    console.print("saturation of \(url ?? "nothing")")
    return .done
  }
}

struct ReplayHPAVerb: Verb {
  static let info = VerbInfo("hpa", "what would this HPA have decided?", section: "Scaling")
  init(_ a: inout Arguments) throws(UsageError) {}
  func run() throws -> ExitCode { .done }
}

/// Positionals of every kind.
struct EchoVerb: Verb {
  static let info = VerbInfo("echo", "what was said?", section: "Scaling")
  let first: Int
  let rest: [String]
  let last: String
  let console: Console

  init(_ a: inout Arguments) throws(UsageError) {
    first = try a.positional("FIRST", default: 7, help: "a number")
    rest = try a.positionals("WORD", help: "words")
    last = try a.positional("LAST", help: "a word")
    console = a.console
  }

  func run() throws -> ExitCode {
    console.print("\(first) \(rest) \(last)")
    return .done
  }
}
