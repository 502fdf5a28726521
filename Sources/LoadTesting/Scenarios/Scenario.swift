import Quantities

/// What the sessions of a test do, step by step, and how many of them come: a scenario file, read.
public struct Scenario: Sendable {
  /// Sessions that do the same, one of possibly several kinds.
  public struct Kind: Sendable {
    public var name: String
    /// Its share of the sessions, against the others' weights.
    public var weight: Double
    public var steps: [Step]
  }

  /// A request of a session, what is taken out of its answer, and what the answer must be.
  public struct Step: Sendable {
    public var name: String
    public var request: RequestTemplate
    public var takes: [Take]
    public var checks: [Check]
    /// The pause behind it.
    public var think: Think
    /// How often the step is done, one behind the other.
    public var times: Int
    /// How many redirects are followed.
    public var redirects: Int
    /// Whether a session goes on where the step failed.
    public var goesOn: Bool
  }

  /// A pause: as long as this, or drawn evenly from a range. Nanoseconds.
  public struct Think: Sendable, Hashable {
    public var least: Int64
    public var most: Int64
    public static let none = Think(least: 0, most: 0)
  }

  /// A value that later steps use under its name.
  public struct Take: Sendable, Hashable {
    public var name: String
    public var source: Source
  }
  /// Where in an answer a value stands.
  public enum Source: Sendable, Hashable {
    /// A JSON pointer (RFC 6901) into the body.
    case json(pointer: String)
    /// A header, and the part of it that a pattern's first group matches.
    case header(String, pattern: String?)
    /// The first group of a pattern in the body, or all of the match where it has none.
    case pattern(String)
    case status
  }

  /// What an answer must be.
  public enum Check: Sendable, Hashable {
    case status([ClosedRange<Int>])
    case contains(String)
    case lacks(String)
    case matches(pattern: String)
    /// The value at a JSON pointer, as text.
    case json(pointer: String, value: String)
    case header(String, contains: String)
    /// Answered within so many nanoseconds of its scheduled time.
    case within(Int64)
  }

  /// Rows of which each session gets one.
  public struct Rows: Sendable {
    /// In front of the columns' names, with a dot; empty where there is one data set without a name.
    public var name: String
    public var rows: [[String: String]]
    /// Whether sessions draw rows by chance instead of taking them in turn.
    public var isRandom: Bool
  }

  public var name: String
  /// The address of the service, where the file names it.
  public var service: String?
  /// `Name: value`, of every request.
  public var headers: [String] = []
  public var keepsCookies = true
  /// Whether compressed answers are asked for.
  public var asksCompressed = false
  public var kinds: [Kind] = []
  public var data: [Rows] = []
  /// Values that are the same for all sessions.
  public var constants: [(name: String, value: String)] = []
  /// New sessions a second over time.
  public var profile = RateProfile(pieces: [])
  public var spacing = ArrivalSchedule.Spacing.constant
  public var connections = 100
  /// Whether each session has a connection of its own, from its first step to its last.
  public var keepsConnections = false
  /// Whether HTTP/2 is spoken, and the most requests at a time on each of its connections.
  public var speaksHTTP2 = false
  public var streams = 10
  public var timeout = Duration.seconds(10)
  public var warmup = Duration.zero
  /// How long sessions may go on behind the last stage.
  public var patience = Duration.seconds(30)
  public var expectations: [LoadExpectation] = []

  init(name: String) { self.name = name }

  /// The name that the figures of a step stand under.
  func title(_ kind: Kind, _ step: Step) -> String { kinds.count == 1 ? step.name : "\(kind.name)/\(step.name)" }

  /// Headers for every request, in place of those of the same name.
  public mutating func add(headers more: [String]) {
    func name(_ line: String) -> String { line.prefix { $0 != ":" }.lowercased() }
    let names = Set(more.map(name))
    for k in kinds.indices {
      for s in kinds[k].steps.indices {
        kinds[k].steps[s].request.headers.removeAll { names.contains(name($0)) }
        kinds[k].steps[s].request.headers += more
      }
    }
  }

  /// What the stages start, on average.
  public var expectedSessions: Double { profile.arrivals }
  /// The most requests a second that are to be expected: every session's at its peak.
  public var peakRequests: RequestRate {
    let total = kinds.reduce(0) { $0 + $1.weight }
    let steps = kinds.reduce(0) { sum, kind in
      sum + kind.weight / max(total, 1e-12) * Double(kind.steps.reduce(0) { $0 + $1.times })
    }
    return .perSecond(profile.peak.perSecond * steps)
  }
}
