import Quantities

/// What came of the sessions of a scenario test: those that began in the measured time.
public struct SessionFigures: Sendable, Equatable {
  /// Sessions of one kind.
  public struct Kind: Sendable, Equatable {
    public var name: String
    public var started = 0
    /// Every step was answered as it had to be.
    public var completed = 0
    /// A step failed: no whole answer, a check not kept, a value not found.
    public var failed = 0
    /// Still under way when the test's patience ended.
    public var unfinished = 0
    /// From the arrival of a completed session to its last answer, pauses included.
    public var duration = LatencySpectrum(seconds: [])
  }
  /// A check of a step, or a value that it takes, and how often it was not so.
  public struct Mark: Sendable, Equatable {
    /// The step, and what was asked: `login`, `status 200`.
    public var step: String
    public var what: String
    public var passed = 0
    public var failed = 0
  }
  public var kinds: [Kind]
  public var marks: [Mark]
  /// By kind and step: the place of its first mark, how many are checks and how many values that it takes, and how often
  /// these were looked for.
  private var places: [[(first: Int, checks: Int, takes: Int, looked: Int)]]

  init(_ scenario: Scenario) {
    kinds = scenario.kinds.map { Kind(name: $0.name) }
    var marks: [Mark] = []
    places = scenario.kinds.map { kind in
      kind.steps.map { step in
        let first = marks.count
        let title = scenario.title(kind, step)
        for check in step.checks { marks.append(Mark(step: title, what: check.words)) }
        for take in step.takes { marks.append(Mark(step: title, what: "takes \(take.name)")) }
        return (first, step.checks.count, step.takes.count, 0)
      }
    }
    self.marks = marks
  }

  public static func == (a: SessionFigures, b: SessionFigures) -> Bool { a.kinds == b.kinds && a.marks == b.marks }

  /// - Parameter missed: the first check that was not kept; those behind it were not looked at.
  mutating func note(_ kind: Int, _ step: Int, checks: Int, missed: Int?) {
    let first = places[kind][step].first
    let kept = missed.map { $0 < 0 ? checks : $0 } ?? checks
    for i in 0..<kept { marks[first + i].passed += 1 }
    if let missed, missed >= 0 { marks[first + missed].failed += 1 }
    if missed == nil { places[kind][step].looked += 1 }
  }
  mutating func noteNotFound(_ kind: Int, _ step: Int, _ take: Int) {
    let place = places[kind][step]
    marks[place.first + place.checks + take].failed += 1
  }
  /// Counts the values that were found.
  mutating func close() {
    for place in places.joined() {
      for i in 0..<place.takes {
        let mark = place.first + place.checks + i
        marks[mark].passed = max(0, place.looked - marks[mark].failed)
      }
    }
  }

  public var started: Int { kinds.reduce(0) { $0 + $1.started } }
  public var completed: Int { kinds.reduce(0) { $0 + $1.completed } }
  public var failed: Int { kinds.reduce(0) { $0 + $1.failed } }
  public var unfinished: Int { kinds.reduce(0) { $0 + $1.unfinished } }
}

extension Scenario.Check {
  /// The check in a few words.
  public var words: String {
    switch self {
    case .status(let ranges):
      "status "
        + ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound) to \($0.upperBound)" }
        .joined(separator: " or ")
    case .contains(let text): "body contains '\(text)'"
    case .lacks(let text): "body lacks '\(text)'"
    case .matches(let text): "body matches '\(text)'"
    case .json(let pointer, let value): "\(pointer.isEmpty ? "the body" : pointer) is '\(value)'"
    case .header(let name, let text): text.isEmpty ? "has header \(name)" : "header \(name) contains '\(text)'"
    case .within(let limit): "within \(NumberFormat.duration(.nanoseconds(limit)))"
    }
  }
}
