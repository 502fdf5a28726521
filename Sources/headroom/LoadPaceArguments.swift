import LoadTesting
import Quantities
import Serving
import Terminal

/// How many connections there may be and how long each request may take: asked by every verb that loads a service.
struct ConnectionArguments {
  let connections: Int
  let timeout: Duration
  private let isConnectionsGiven: Bool
  private let isTimeoutGiven: Bool

  /// Streams of tokens last long: where nothing else is said, more of them may be under way, and for longer.
  /// - Parameter streams: how many a connection carries at a time.
  func connections(streaming: Bool, streams: Int = 1) -> Int {
    guard streaming, !isConnectionsGiven else { return connections }
    return streams > 1 ? max(10, 1000 / streams) : max(connections, 1000)
  }
  func timeout(streaming: Bool) -> Duration { streaming && !isTimeoutGiven ? max(timeout, .seconds(600)) : timeout }

  /// - Parameters:
  ///   - what: what the connections are, for the help.
  ///   - who: who has to answer, for the help.
  init(
    _ a: inout Arguments, connections most: Int = 100, _ what: String = "the most connections",
    timeout longest: Duration = .seconds(10), of who: String = "the service"
  ) throws(UsageError) {
    connections = try a.option("connections", short: "c", value: "N", default: most, help: what)
    let span: SpanArgument = try a.option(
      "timeout", value: "TIME", default: SpanArgument(longest), help: "how long \(who) has to answer")
    timeout = span.span
    isConnectionsGiven = a.isGiven("connections")
    isTimeoutGiven = a.isGiven("timeout")
  }
}

/// A rate that stays the same and how its requests are spaced.
struct ConstantRateArguments {
  let rate: RequestRate
  let arrivals: ArrivalsArgument

  /// - Parameter perSecond: requests a second where none are named.
  init(_ a: inout Arguments, perSecond: Double) throws(UsageError) {
    let given: RateArgument = try a.option(
      "rate", short: "r", value: "RATE", default: RateArgument(.perSecond(perSecond)), help: "requests a second")
    rate = given.rate
    arrivals = try ArrivalsArgument(&a)
  }

  func schedule(for length: Duration, seed: UInt64) -> ArrivalSchedule {
    ArrivalSchedule(.constant(rate, for: length), spacing: arrivals.spacing, seed: seed)
  }
}

extension ArrivalsArgument {
  init(_ a: inout Arguments) throws(UsageError) {
    self = try a.option("arrivals", value: "HOW", default: ArrivalsArgument.constant, help: "how requests are spaced")
  }
}

/// Thresholds that decide about the exit code.
struct ThresholdArguments {
  let expectations: [LoadExpectation]

  /// - Parameter help: what they do.
  init(
    _ a: inout Arguments,
    help: String = "exit with 2 where it is not so: 'p99 < 200ms', 'errors < 0.1%'"
  ) throws(UsageError) {
    let given: [ExpectationArgument] = try a.options("expect", value: "'FIGURE < LIMIT'", help: help)
    expectations = given.map(\.expectation)
  }

  func areMet(by result: LoadResult) -> Bool { expectations.allSatisfy { $0.isMet(by: result) } }
}

/// The objective that a search or a ramp holds every rate to: percentiles of times below limits, and the share of errors.
struct ObjectiveArgument {
  let expectations: [LoadExpectation]
  /// Whether nobody has named one.
  let isDefault: Bool

  /// - Parameter example: as in the help: `p99 < 10ms`.
  init(_ a: inout Arguments, example: String) throws(UsageError) {
    let given: [ExpectationArgument] = try a.options(
      "expect", value: "'pNN < TIME'",
      help: "the objective: '\(example)', 'ttft p95 < 2s', 'errors < 0.1%'; several are kept together")
    isDefault = given.isEmpty
    expectations = given.map(\.expectation)
    let hasBounds = expectations.allSatisfy { $0.searchBound != nil } && expectations.count <= LoadSettings.mostBounds
    a.check(
      hasBounds,
      "'--expect' of a search is a percentile below a limit, or errors below a share. Write --expect '\(example)'.")
  }

  /// What every rate is held to. Where nobody has named it: few errors, and nobody kept waiting.
  func bounds(streams: Bool, console: Console) -> (expectations: [LoadExpectation], bounds: [LatencyBound]) {
    var asked = expectations
    if isDefault {
      asked = (streams ? ["ttft p99 < 2s", "errors < 1%"] : ["p99 < 1s"]).compactMap { try? LoadExpectation($0) }
      console.note(
        streams
          ? "No --expect: a rate is kept where 99 % of the requests have their first token within 2 s, at most 1 % "
            + "fails, and no queue grows."
          : "No --expect: a rate is kept where 99 % of the requests are answered well within 1 s, and no queue grows.")
    }
    return (asked, asked.compactMap(\.searchBound))
  }
}

extension LoadExpectation {
  /// What requests are counted by: a time's bound, or, for errors, whether they were answered well at all.
  var searchBound: LatencyBound? {
    if case .errors = figure, comparison == .below || comparison == .atMost, limit > 0, limit < 1 {
      return LatencyBound(quantile: 1 - limit, limit: .hours(24))
    }
    return bound
  }
}

/// Whom load may reach and how much of it there may be, unless more is asked for.
struct SafetyArguments {
  let allowedHosts: [String]
  let limits: LoadLimits

  init(_ a: inout Arguments) throws(UsageError) {
    a.section("Safety")
    allowedHosts = try SafetyArguments.hosts(&a)
    let rate: RateArgument = try a.option(
      "max-rate", value: "RATE", default: RateArgument(LoadLimits().rate), help: "refuse to ask for more than this")
    let duration: SpanArgument = try a.option(
      "max-duration", value: "TIME", default: SpanArgument(LoadLimits().duration), help: "refuse to run for longer")
    limits = LoadLimits(rate: rate.rate, duration: duration.span)
    a.section("")
  }

  /// - Parameter what: what the hosts may get, for the help.
  static func hosts(_ a: inout Arguments, _ what: String = "be loaded") throws(UsageError) -> [String] {
    try a.options("allow-host", value: "HOST", help: "a host besides this machine that may \(what)")
  }
}
