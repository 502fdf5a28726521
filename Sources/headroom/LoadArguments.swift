import Documents
import LoadTesting
import Quantities
import Terminal
import Traffic

/// A rate on the command line: `1000/s`, `50k/s`, or `1000`, which is a second.
struct RateArgument: ArgumentValue {
  let rate: RequestRate
  init(_ rate: RequestRate) { self.rate = rate }
  init?(argument: String) {
    if let number = Double(argument), number.isFinite, number >= 0 {
      rate = .perSecond(number)
    } else if let rate = try? RequestRate.parse(argument), rate.perSecond >= 0, rate.isFinite {
      self.rate = rate
    } else {
      return nil
    }
  }
  static var argumentExample: String { "1000/s" }
  var argumentText: String { "\(rate)" }
}

/// A span on the command line: `10s`, `200ms`, or `10`, which is seconds.
struct SpanArgument: ArgumentValue {
  let span: Duration
  init(_ span: Duration) { self.span = span }
  init?(argument: String) {
    if let number = Double(argument), number.isFinite, number >= 0, number < 1e9 {
      span = .seconds(number)
    } else if let span = try? Duration.parse(argument), span >= .zero {
      self.span = span
    } else {
      return nil
    }
  }
  static var argumentExample: String { "10s" }
  var argumentText: String { NumberFormat.duration(span) }
}

/// A threshold on the command line: `'p99 < 200ms'`.
struct ExpectationArgument: ArgumentValue {
  let expectation: LoadExpectation
  init?(argument: String) {
    guard let expectation = try? LoadExpectation(argument) else { return nil }
    self.expectation = expectation
  }
  static var argumentExample: String { "p99 < 200ms" }
  static var argumentHint: String { "write 'p99 < 200ms', 'errors < 0.1%' or 'rate >= 990/s'" }
  var argumentText: String { expectation.description }
}

/// The words of `--stream-format`.
struct StreamFormatArgument: ArgumentValue {
  let format: StreamFormat
  init?(argument: String) {
    guard let format = StreamFormat(word: argument) else { return nil }
    self.format = format
  }
  static var argumentExample: String { "openai-chat" }
  static var argumentHint: String { "write one of \(StreamFormat.allCases.map(\.word).joined(separator: ", "))" }
  var argumentText: String { format.word }
}

/// How arrivals are spaced: the words of `--arrivals`.
enum ArrivalsArgument: String, CaseIterable, ArgumentValue {
  case constant, poisson, bursts
  var spacing: ArrivalSchedule.Spacing {
    switch self {
    case .constant: .constant
    case .poisson: .poisson
    case .bursts: ArrivalSchedule.Spacing(.bursts)
    }
  }
}

extension ArrivalProcess {
  /// What `--arrivals bursts` means: a coefficient of variation of 2.
  static let bursts = ArrivalProcess.gamma(coefficientOfVariation: 2)
}

/// The options that say what is loaded, shared by the verbs under `load`.
struct TargetArguments {
  /// The service, as it is told: without secrets.
  private(set) var url: String
  /// Where it is, as the user wrote it.
  private(set) var address: String
  let method: String?
  private let headerArguments: HeaderArguments
  let body: String?
  let dataFile: String?
  let mixFile: String?
  let closesConnections: Bool
  let follows: Bool
  let route: RouteArguments
  let language: LanguageArguments
  let safety: SafetyArguments

  /// - Parameters:
  ///   - isOptional: whether the verb also does something without a service.
  ///   - option: the option that names the service and what it does, for a verb whose load is an addition; nil where
  ///     the URL stands by itself.
  init(
    _ a: inout Arguments, isOptional: Bool = false, option: (name: String, help: String)? = nil
  ) throws(UsageError) {
    let help = "the service, as http://localhost:8080/path"
    if let option {
      let given: String? = try a.option(option.name, value: "URL", help: option.help)
      address = given ?? ""
    } else if isOptional {
      let given: String? = try a.positional("URL", help: help)
      address = given ?? ""
    } else {
      address = try a.positional("URL", help: help)
    }
    url = Secret.masked(url: address)
    a.section("Request")
    method = try a.option("method", short: "X", value: "METHOD", help: "GET, or POST where there is a body")
    headerArguments = try HeaderArguments(&a)
    body = try a.option("body", value: "TEXT", help: "the body, or @FILE to read it from a file")
    dataFile = try a.option(
      "data", value: "FILE", help: "rows (CSV or NDJSON) that fill {{column}} in URL, headers and body, in turn",
      completion: .files([]))
    mixFile = try a.option(
      "mix", value: "FILE", help: "several requests by weight (NDJSON: name, weight, method, path, headers, body)",
      completion: .files([]))
    follows = a.flag("follow", help: "ask where the first answer leads to, if that is elsewhere, and load that")
    closesConnections = a.flag("no-keep-alive", help: "a connection for each request")
    // What another option's load goes through is already said.
    route = try RouteArguments(&a, takesSocket: option == nil)
    language = try LanguageArguments(&a)
    safety = try SafetyArguments(&a)
  }

  /// Whether what is sent comes of data, a mix, or a template: what a checklist calls production-like.
  var hasData: Bool { dataFile != nil || mixFile != nil }
  /// Whether a service is named.
  var isGiven: Bool { !address.isEmpty }
  var allowedHosts: [String] { safety.allowedHosts }
  var limits: LoadLimits { safety.limits }

  var isGRPC: Bool { address.lowercased().hasPrefix("grpc://") || address.lowercased().hasPrefix("grpcs://") }
  /// Headers as they are sent, with their secrets.
  func headers() throws -> [String] { try headerArguments.lines() }
  /// Whether a connection carries many requests at a time.
  var isMultiplexed: Bool { isGRPC || language.speaksHTTP2 }

  /// - Parameter closes: whether each request has a connection of its own; nil for what the options say.
  func target(
    streams: Bool = false, seed: UInt64 = 1, timeout: Duration? = nil, closes: Bool? = nil
  ) throws -> LoadTarget {
    if isGRPC { return try grpcTarget(timeout: timeout) }
    guard language.message == nil, language.fields.isEmpty else {
      throw Failure(
        "'--proto-body' and '--field' make the message of a gRPC call. Write a grpc:// address, or --body.",
        exitCode: .usage)
    }
    var bytes: [UInt8] = []
    if let body {
      bytes = body.hasPrefix("@") ? try Input.read(path: String(body.dropFirst())) : Array(body.utf8)
    }
    let accepts = streams ? ["Accept: text/event-stream"] : []
    let headers = try headers()
    let named = headers.contains { $0.lowercased().hasPrefix("accept:") }
    let method = method ?? (body == nil ? "GET" : "POST")
    // Holes in a URL are no URL: the target is made without them, and the template has them filled.
    let hasHoles = ([address, String(decoding: bytes, as: UTF8.self)] + headers).contains { $0.contains("{{") }
    let isMade = mixFile != nil || dataFile != nil || hasHoles
    var target = try LoadTarget(
      url: isMade ? Self.withoutPath(address) : address, method: isMade ? "GET" : method,
      headers: (named ? [] : accepts) + (isMade ? [] : headers), body: isMade ? [] : bytes, allowedHosts: allowedHosts,
      socket: route.socket, keepsAlive: !(closes ?? closesConnections), verifies: !route.isInsecure,
      authorities: route.authorities,
      speaksHTTP2: language.speaksHTTP2, resumesSessions: language.resumesSessions, route: try route.route())
    guard isMade else { return target }
    let rows = try dataFile.map { try RequestData.rows(path: $0) } ?? []
    let path = String(address.dropFirst(Self.withoutPath(address).count))
    let own = RequestTemplate(
      method: method, path: path.isEmpty ? "/" : path.hasPrefix("/") ? path : "/" + path, headers: headers,
      body: String(decoding: bytes, as: UTF8.self))
    let mix = try mixFile.map { try RequestData.mix(path: $0) } ?? [("all", 1, own)]
    var classes: [RequestSet.Class] = []
    for (i, (name, weight, template)) in mix.enumerated() {
      var template = template
      if mixFile != nil {
        template.path = template.path ?? own.path
        template.headers = headers + template.headers
      }
      classes.append(
        RequestSet.Class(
          name: name, weight: weight,
          requests: [try template.request(to: target, rows: rows, seed: seed &+ UInt64(i))]))
    }
    target.requests = RequestSet(classes, order: .mixed(seed: seed))
    return target
  }

  /// The same options for another address.
  func at(_ address: String) -> TargetArguments {
    var other = self
    other.address = address
    other.url = Secret.masked(url: address)
    return other
  }

  /// These options with the address that the service's redirects end at, where they are to be followed.
  func followed(streams: Bool, seed: UInt64, console: Console) throws -> TargetArguments {
    guard follows, !isMultiplexed else { return self }
    var here = self
    for _ in 0..<10 {
      guard let next = try here.target(streams: streams, seed: seed).redirection() else { return here }
      console.note("\(here.url) leads to \(Secret.masked(url: next)).")
      here = here.at(next)
    }
    throw Failure(
      "\(url) leads on more than ten times. Name the address that it should end at.", exitCode: .unavailable)
  }

  private func grpcTarget(timeout: Duration?) throws -> LoadTarget {
    let odd = [("--body", body), ("--method", method), ("--data", dataFile), ("--mix", mixFile)].filter { $0.1 != nil }
    if let (name, _) = odd.first {
      throw Failure(
        "'\(name)' says what an HTTP request is. Write the message of a gRPC call with --proto-body or --field.",
        exitCode: .usage)
    }
    return try LoadTarget(
      url: address, headers: try headers(), body: try language.messageBytes(), allowedHosts: allowedHosts,
      socket: route.socket,
      keepsAlive: !closesConnections, verifies: !route.isInsecure, authorities: route.authorities,
      resumesSessions: language.resumesSessions, deadline: timeout, route: try route.route())
  }

  private static func withoutPath(_ url: String) -> String {
    guard let scheme = url.firstRange(ofText: "://") else { return url }
    return String(url[..<(url[scheme.upperBound...].firstIndex { $0 == "/" || $0 == "?" } ?? url.endIndex)])
  }
}

extension String {
  /// Where a text stands first.
  fileprivate func firstRange(ofText text: String) -> Range<Index>? {
    var at = startIndex
    while at < endIndex {
      if self[at...].hasPrefix(text) { return at..<index(at, offsetBy: text.count) }
      at = index(after: at)
    }
    return nil
  }
}

/// The shape that a test's rate takes over time, from the options that say so.
struct ShapeArguments {
  let rampTo: RateArgument?
  let steps: [RequestRate]
  let spike: (peak: RequestRate, after: Duration, lasting: Duration)?
  let wave: (amplitude: RequestRate, period: Duration)?

  init(_ a: inout Arguments) throws(UsageError) {
    rampTo = try a.option("ramp-to", value: "RATE", help: "climb (or fall) evenly from --rate to this")
    let stepText: String? = try a.option(
      "steps", value: "RATE,RATE,...", help: "rates one behind the other, each for the same time")
    let spikeText: String? = try a.option(
      "spike", value: "RATE:AFTER:TIME", help: "jump to a rate after a while, for a time: 5000/s:10s:5s")
    let waveText: String? = try a.option(
      "wave", value: "RATE:PERIOD", help: "swing around --rate by so much: 200/s:60s")
    steps = (stepText ?? "").split(separator: ",").compactMap { RateArgument(argument: Self.trim($0))?.rate }
    let spikeParts = (spikeText ?? "").split(separator: ":").map(String.init)
    if spikeParts.count == 3, let peak = RateArgument(argument: spikeParts[0])?.rate,
      let after = SpanArgument(argument: spikeParts[1])?.span, let lasting = SpanArgument(argument: spikeParts[2])?.span
    {
      spike = (peak, after, lasting)
    } else {
      spike = nil
    }
    let waveParts = (waveText ?? "").split(separator: ":").map(String.init)
    if waveParts.count == 2, let amplitude = RateArgument(argument: waveParts[0])?.rate,
      let period = SpanArgument(argument: waveParts[1])?.span, period > .zero
    {
      wave = (amplitude, period)
    } else {
      wave = nil
    }
    a.check(
      stepText == nil || steps.count == (stepText ?? "").split(separator: ",").count && !steps.isEmpty,
      "'--steps \(stepText ?? "")' is no list of rates. Write --steps 100/s,200/s,400/s.")
    a.check(
      spikeText == nil || spike != nil,
      "'--spike \(spikeText ?? "")' is no spike. Write --spike 5000/s:10s:5s: a rate, after how long, for how long.")
    a.check(
      waveText == nil || wave != nil, "'--wave \(waveText ?? "")' is no wave. Write --wave 200/s:60s: a rate, a period."
    )
    let given = [rampTo != nil, stepText != nil, spikeText != nil, waveText != nil].filter { $0 }.count
    a.check(given <= 1, "'--ramp-to', '--steps', '--spike' and '--wave' are shapes of one rate. Keep one.")
  }

  private static func trim(_ text: Substring) -> String { String(text.drop { $0 == " " }) }
  var isGiven: Bool { rampTo != nil || !steps.isEmpty || spike != nil || wave != nil }

  func profile(rate: RequestRate, for length: Duration) -> RateProfile {
    if let rampTo { return .ramp(from: rate, to: rampTo.rate, for: length) }
    if !steps.isEmpty { return .steps(steps, each: .seconds(length.seconds / Double(steps.count))) }
    if let spike {
      return .spike(base: rate, peak: spike.peak, after: spike.after, lasting: spike.lasting, for: length)
    }
    if let wave { return .sine(mean: rate, amplitude: wave.amplitude, period: wave.period, for: length) }
    return .constant(rate, for: length)
  }
}
