import Documents
import LoadTesting
import Quantities
import Terminal

struct LoadVerb: Verb {
  static let info = VerbInfo(
    "load", "what does the real service do under load?",
    discussion: """
      Sends requests when a schedule says, whatever the service does, as users do: latency counts from the scheduled \
      time, so that a service that stops for a second is seen to have stopped for everybody who came in that second. \
      Where the generator itself could not keep the schedule, the run is marked INVALID and says what to change.

      Latencies are of whole responses, whatever their status, and of timeouts with the time they took. Only this \
      machine is loaded unless --allow-host names another. Ctrl-C stops new requests and reports what there is.
      """,
    examples: [
      Example("headroom load http://localhost:8080/ --rate 1000/s --duration 10s", "a constant rate"),
      Example("headroom load http://localhost:8080/ --rate 1000/s --arrivals poisson --expect 'p99 < 200ms'", "for CI"),
      Example("headroom load http://localhost:8080/ --closed --connections 100", "as fast as it answers"),
      Example(
        "headroom load http://localhost:8000/v1/completions --sse --concurrency 100 --body @prompt.json",
        "streams of tokens"),
      Example("headroom load https://localhost:8443/ --http2 --streams 50 --rate 1000/s", "over HTTP/2"),
      Example(
        "headroom load grpc://localhost:50051/demo.Greeter/Hello --field 1=string:you --rate 500/s", "a gRPC method"),
    ], seeAlso: ["load saturation", "simulate", "size"], section: "Testing")

  let common: SharedOptions
  let target: TargetArguments
  let rate: RateArgument?
  let duration: SpanArgument
  let warmup: SpanArgument
  let connections: Int
  let concurrency: Int?
  let timeout: SpanArgument
  let arrivals: ArrivalsArgument
  let shape: ShapeArguments
  let isClosed: Bool
  let think: SpanArgument
  let readsStreams: Bool
  let expectations: [ExpectationArgument]
  let scheduleFile: String?

  init(_ a: inout Arguments) throws(UsageError) {
    target = try TargetArguments(&a)
    a.section("Load")
    rate = try a.option("rate", short: "r", value: "RATE", help: "requests a second, on a schedule (default: 100/s)")
    duration = try a.option(
      "duration", short: "d", value: "TIME", default: SpanArgument(.seconds(10)), help: "how long, warm-up included")
    warmup = try a.option(
      "warmup", value: "TIME", default: SpanArgument(.zero), help: "leave the beginning out of the figures")
    connections = try a.option("connections", short: "c", value: "N", default: 10, help: "the most connections")
    concurrency = try a.option(
      "concurrency", value: "N", help: "N requests under way at all times: --closed --connections N")
    timeout = try a.option(
      "timeout", value: "TIME", default: SpanArgument(.seconds(10)), help: "how long the service has to answer")
    arrivals = try a.option(
      "arrivals", value: "HOW", default: ArrivalsArgument.constant, help: "how requests are spaced")
    shape = try ShapeArguments(&a)
    isClosed = a.flag("closed", help: "each connection waits for its answer before it asks again")
    think = try a.option(
      "think", value: "TIME", default: SpanArgument(.zero), help: "the pause between answer and question, with --closed"
    )
    readsStreams = a.flag(
      "sse", help: "responses are streams of tokens (for gRPC: of messages): measure their pace")
    a.section("Result")
    expectations = try a.options(
      "expect", value: "'FIGURE < LIMIT'", help: "exit with 2 where it is not so: 'p99 < 200ms', 'errors < 0.1%'")
    scheduleFile = try a.option(
      "schedule-out", value: "FILE", help: "write the times to send at, in seconds from the start, one a line",
      completion: .files([]))
    a.check(
      !((isClosed || concurrency != nil) && (rate != nil || shape.isGiven)),
      "'--rate' follows a schedule, '--closed' and '--concurrency' follow the answers. Keep one.")
    let isTwice = concurrency != nil && a.isGiven("connections")
    a.check(!isTwice, "'--concurrency' sets the connections. Keep one.")
    common = try SharedOptions(&a, formats: [.text, .json], seed: 1)
  }

  private var isOpenLoop: Bool { !isClosed && concurrency == nil }

  private var schedule: ArrivalSchedule {
    ArrivalSchedule(
      shape.profile(rate: rate?.rate ?? .perSecond(100), for: duration.span), spacing: arrivals.spacing,
      seed: common.seed)
  }

  func run() throws -> ExitCode {
    let target = try target.target(streams: readsStreams, seed: common.seed, timeout: timeout.span)
    let pattern: LoadSettings.Pattern =
      isOpenLoop ? .open(schedule) : .closed(duration: duration.span, think: think.span)
    var settings = LoadSettings(
      pattern, connections: connections, timeout: timeout.span, warmup: warmup.span, readsStreams: readsStreams,
      limits: self.target.limits)
    settings.streamsPerConnection = self.target.language.streams
    if let concurrency {
      (settings.connections, settings.streamsPerConnection) = self.target.language.split(
        concurrency: concurrency, isMultiplexed: self.target.isMultiplexed)
    }
    if let scheduleFile {
      guard isOpenLoop else {
        throw Failure("A closed loop has no schedule to write. Leave out --schedule-out or --closed.", exitCode: .usage)
      }
      try schedule.write(to: scheduleFile)
    }
    Interruption.install()
    defer { Interruption.uninstall() }
    let progress = LoadProgress(common.console)
    let result = try LoadTest(target, settings).run(
      isInterrupted: { Interruption.isRequested }, onSecond: { progress.show($0) })
    progress.end()
    let wasInterrupted = Interruption.isRequested
    let limits = expectations.map(\.expectation)
    if common.format == .json {
      var json = JSONWriter(pretty: true)
      result.write(to: &json, expectations: limits) { json in
        json.key("url")
        json.string(self.target.url)
        json.key("seed")
        json.integer(Int(truncatingIfNeeded: common.seed))
      }
      common.console.print(json.text)
    } else {
      LoadText.write(result, url: self.target.url, expectations: limits, to: common.console)
    }
    for invalidity in result.invalidities where invalidity.kind != .interrupted {
      common.console.warn("INVALID: \(invalidity.problem). To do: \(invalidity.remedy).")
    }
    if let problem = result.languageProblem {
      common.console.warn(
        "\(problem). Does \(target.endpoint) speak \(target.language.rawValue)? Leave out --http2 for HTTP/1.1.")
    }
    if wasInterrupted { return .interrupted }
    if result.completed == 0, result.errors.connect > 0, result.errors.connect == result.errors.total {
      common.console.error(
        result.securityProblem.map {
          "the certificate of \(target.endpoint) is not accepted: \($0). Name its authority with --cacert FILE, or "
            + "leave it unchecked with --insecure."
        } ?? "nobody answers at \(target.endpoint); start the service, or check the address.")
      return .unavailable
    }
    return limits.allSatisfy { $0.isMet(by: result) } ? .done : .objectiveMissed
  }
}
