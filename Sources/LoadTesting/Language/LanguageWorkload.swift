import Documents
import Quantities
import Synchronization

/// What is asked of a language model: sessions, drawn from a data set or from distributions of lengths.
public struct LanguageWorkload: Sendable {
  /// Where sessions come from.
  public enum Source: Sendable {
    /// One behind the other, and from the first again.
    case listed([LanguageSession])
    /// Each drawn anew.
    case drawn(Lengths)
  }
  /// Sessions of random words.
  public struct Lengths: Sendable {
    public var input = LengthDistribution(512)
    public var output: LengthDistribution? = LengthDistribution(128)
    public var turns = LengthDistribution(1)
    /// Seconds between an answer and the next question: reading, or a tool at work.
    public var pause = LengthDistribution(0)
    /// Tokens that stand before everything, the same for all sessions of a group.
    public var sharedPrefix = 0
    public var groups = 1
    public init() {}
  }
  public var source: Source
  public var api: LanguageAPI
  public var settings: LanguageSettings
  public var seed: UInt64
  /// Whether the model's own answers become part of what is asked next. Else words of the same length do.
  public var keepsAnswers = true
  /// Whether each session has a connection of its own.
  public var keepsConnections = false

  public init(_ source: Source, api: LanguageAPI, settings: LanguageSettings, seed: UInt64 = 1) {
    self.source = source
    self.api = api
    self.settings = settings
    self.seed = seed
  }

  /// Whether sessions have more than one turn.
  public var isMultiTurn: Bool {
    switch source {
    case .listed(let sessions): sessions.contains { $0.turns.count > 1 }
    case .drawn(let lengths): lengths.turns != LengthDistribution(1)
    }
  }

  /// Turns of a session on average; of drawn ones by a thousand.
  var meanTurns: Double {
    let counts: [Double] =
      switch source {
      case .listed(let sessions): sessions.map { Double($0.turns.count) }
      case .drawn: isMultiTurn ? (0..<1000).map { Double(session($0).turns.count) } : [1]
      }
    return max(1, Statistics.mean(counts) ?? 1)
  }

  /// Seconds that a session pauses between its turns, on average over as many.
  var meanPauses: Double {
    let pauses: [Double] =
      switch source {
      case .listed(let sessions): sessions.map { $0.turns.dropFirst().reduce(0) { $0 + $1.pause } }
      case .drawn: isMultiTurn ? (0..<1000).map { session($0).turns.dropFirst().reduce(0) { $0 + $1.pause } } : [0]
      }
    return max(0, Statistics.mean(pauses) ?? 0)
  }

  /// The times that the data set's sessions began at, in seconds from the first; nil where it does not say.
  public var times: [Double]? {
    guard case .listed(let sessions) = source, !sessions.isEmpty else { return nil }
    let times = sessions.compactMap(\.time)
    return times.count == sessions.count ? times : nil
  }

  /// The n-th session, from 0.
  func session(_ number: Int) -> LanguageSession {
    switch source {
    case .listed(let sessions): return sessions[number % sessions.count]
    case .drawn(let lengths):
      var random = RandomStream(seed: seed, item: UInt64(number))
      let turns = lengths.turns.count(&random)
      var session = LanguageSession(
        (0..<turns).map { turn in
          LanguageSession.Turn(
            .made(tokens: lengths.input.count(&random), seed: random.next()),
            outputTokens: lengths.output?.count(&random), pause: turn > 0 ? lengths.pause.draw(&random) : 0)
        })
      if lengths.sharedPrefix > 0 {
        session.prefix = (lengths.sharedPrefix, Int(random.uniform() * Double(max(1, lengths.groups))))
      }
      return session
    }
  }

  /// Counts the sessions of all tests of this workload, so that a later one does not ask again what a cache still knows.
  private let counter = SessionCounter()
  func nextSession() -> LanguageSession { session(counter.next()) }

  /// Sets up a test: what is asked, in which format it is answered, and what is measured.
  public func prepare(_ settings: inout LoadSettings, for target: LoadTarget) throws(LoadTestingError) {
    settings.course = try checkedCourse(for: target)
    settings.keepsSessionConnections = keepsConnections
    settings.readsStreams = true
    settings.streamFormat = settings.streamFormat ?? api.format
    settings.keepsOutcomes = true
  }

  func checkedCourse(for target: LoadTarget) throws(LoadTestingError) -> @Sendable () -> any RequestCourse {
    guard target.language != .grpc else {
      throw LoadTestingError(
        .badSettings, "language models are asked over HTTP, not in gRPC",
        remedy: "write an http:// or https:// address, with --http2 for HTTP/2")
    }
    return { LanguageCourse(self, target) }
  }
}

private final class SessionCounter: Sendable {
  private let count = Atomic<Int>(0)
  func next() -> Int { count.wrappingAdd(1, ordering: .relaxed).oldValue }
}

extension SaturationTest {
  /// Has the search ask a language model.
  public mutating func ask(_ workload: LanguageWorkload) throws(LoadTestingError) {
    course = try workload.checkedCourse(for: target)
    keepsSessionConnections = workload.keepsConnections
    requestsPerArrival = workload.meanTurns
    pausesPerArrival = workload.meanPauses
    readsStreams = true
    streamFormat = streamFormat ?? workload.api.format
  }
}
extension RampTest {
  /// Has the ramp ask a language model.
  public mutating func ask(_ workload: LanguageWorkload) throws(LoadTestingError) {
    course = try workload.checkedCourse(for: target)
    keepsSessionConnections = workload.keepsConnections
    readsStreams = true
    streamFormat = streamFormat ?? workload.api.format
  }
}
extension SweepTest {
  /// Has the sweep ask a language model.
  public mutating func ask(_ workload: LanguageWorkload) throws(LoadTestingError) {
    course = try workload.checkedCourse(for: target)
    keepsSessionConnections = workload.keepsConnections
    readsStreams = true
    streamFormat = streamFormat ?? workload.api.format
  }
}

/// Sessions under way.
final class LanguageCourse: RequestCourse {
  private struct Caller {
    var session: LanguageSession
    var turn = 0
    /// What was said so far: messages with commas between them, or one text, as they stand in a body.
    var said: [UInt8] = []
  }
  private let workload: LanguageWorkload
  private let head: [UInt8]
  private var callers: [Caller?] = []
  private var free: [Int32] = []
  let classes: [String]
  let keepsText: Bool

  init(_ workload: LanguageWorkload, _ target: LoadTarget) {
    self.workload = workload
    classes = workload.isMultiTurn ? ["first turn", "later turns"] : ["all"]
    keepsText = workload.isMultiTurn && workload.keepsAnswers
    head = Array(target.postHead.utf8)
  }

  func begin() -> Int32 {
    let caller = Caller(session: workload.nextSession())
    if let place = free.popLast() {
      callers[Int(place)] = caller
      return place
    }
    callers.append(caller)
    return Int32(callers.count - 1)
  }

  func write(_ number: Int32, into request: inout CourseRequest) {
    guard var caller = callers[Int(number)], caller.turn < caller.session.turns.count else { return }
    let turn = caller.session.turns[caller.turn]
    let api = workload.api
    let (before, behind) = api.frame(workload.settings, tokens: turn.outputTokens)
    var body = Array(before.utf8)
    if case .messages(let json) = turn.text {
      // A whole conversation as its data set has it.
      body.append(contentsOf: json.utf8)
    } else {
      say(turn.text, caller.turn == 0 ? caller.session.prefix : nil, &caller.said)
      let (open, close): (UInt8, UInt8) = api.takesMessages ? (0x5B, 0x5D) : (0x22, 0x22)
      body.append(open)
      body.append(contentsOf: caller.said)
      body.append(close)
    }
    body.append(contentsOf: behind.utf8)
    request.bytes.removeAll(keepingCapacity: true)
    request.bytes.append(contentsOf: head)
    request.bytes.append(contentsOf: "\(body.count)\r\n\r\n".utf8)
    request.bytes.append(contentsOf: body)
    request.kind = classes.count > 1 && caller.turn > 0 ? 1 : 0
    request.number = Int32(truncatingIfNeeded: caller.turn)
    callers[Int(number)] = caller
  }

  /// Adds a question to what was said.
  private func say(_ text: LanguageSession.Text, _ prefix: (tokens: Int, group: Int)?, _ said: inout [UInt8]) {
    let takesMessages = workload.api.takesMessages
    if takesMessages {
      said.append(contentsOf: "\(said.isEmpty ? "" : ","){\"role\":\"user\",\"content\":\"".utf8)
    } else if !said.isEmpty {
      said.append(contentsOf: "\\n".utf8)
    }
    if let prefix {
      SyntheticText.append(
        tokens: prefix.tokens, seed: workload.seed &+ 0xC0FF_EE00 &+ UInt64(prefix.group), to: &said)
      said.append(0x20)
    }
    text.append(to: &said)
    if takesMessages { said.append(contentsOf: "\"}".utf8) }
  }

  func end(_ number: Int32, _ answer: CourseAnswer, text: [UInt8]) -> CourseStep {
    guard var caller = callers[Int(number)] else { return .done }
    caller.turn += 1
    // A session whose question failed has nothing to go on with.
    guard answer.isGood, caller.turn < caller.session.turns.count else {
      callers[Int(number)] = nil
      free.append(number)
      return .done
    }
    let next = caller.session.turns[caller.turn]
    let takesMessages = workload.api.takesMessages
    caller.said.append(contentsOf: (takesMessages ? ",{\"role\":\"assistant\",\"content\":\"" : "\\n").utf8)
    if text.isEmpty {
      SyntheticText.append(tokens: max(1, answer.tokens), seed: UInt64(caller.turn), to: &caller.said)
    } else {
      caller.said.append(contentsOf: text)
    }
    if takesMessages { caller.said.append(contentsOf: "\"}".utf8) }
    callers[Int(number)] = caller
    return .again(after: Int64(min(1e9, max(0, next.pause)) * 1e9))
  }
}
