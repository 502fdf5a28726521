import Documents
import LoadTesting
import Quantities
import Terminal

struct LoadColdVerb: Verb {
  static let info = VerbInfo(
    "cold", "how long is a new replica of no use, and how slow are its first answers?",
    discussion: """
      Loads a service from its beginning, at a rate that keeps coming whatever it does, and finds where the steady \
      state begins (MSER-5). What came before is reported apart: time to the first answer and to the steady state, the \
      cold P50 and P99 beside the steady ones, and failures. With --start the service is started by a command, from \
      which all times count, and ended afterwards. Keep it in the foreground.

      With --data, requests that the service saw for the first time are told from those that it had seen before: what \
      caches do. At the end the cost of a new connection is measured.
      """,
    examples: [
      Example("headroom load cold http://localhost:8080/ --start './server --port 8080' --rate 50/s", "a new replica"),
      Example(
        "headroom load cold 'http://localhost:8080/items/{{id}}' --data ids.csv --duration 30s", "caches, after a flush"
      ),
    ], seeAlso: ["load", "simulate"], section: "Testing")

  let common: SharedOptions
  let target: TargetArguments
  let command: String?
  let patience: SpanArgument
  let rate: RateArgument
  let duration: SpanArgument
  let arrivals: ArrivalsArgument
  let connections: Int
  let timeout: SpanArgument

  init(_ a: inout Arguments) throws(UsageError) {
    target = try TargetArguments(&a)
    a.section("Cold start")
    command = try a.option("start", value: "'COMMAND'", help: "starts the service; it is ended when the test is over")
    patience = try a.option(
      "patience", value: "TIME", default: SpanArgument(.minutes(5)),
      help: "how long the command has to take connections")
    rate = try a.option(
      "rate", short: "r", value: "RATE", default: RateArgument(.perSecond(50)), help: "requests a second")
    duration = try a.option(
      "duration", short: "d", value: "TIME", default: SpanArgument(.seconds(30)), help: "how long it is loaded")
    arrivals = try a.option(
      "arrivals", value: "HOW", default: ArrivalsArgument.constant, help: "how requests are spaced")
    connections = try a.option("connections", short: "c", value: "N", default: 100, help: "the most connections")
    timeout = try a.option(
      "timeout", value: "TIME", default: SpanArgument(.seconds(60)), help: "how long the service has to answer")
    a.check(
      command == nil || target.allowedHosts.isEmpty,
      "'--start' starts a service on this machine. Leave out --allow-host.")
    common = try SharedOptions(&a, formats: [.text, .json], seed: 1)
  }

  func run() throws -> ExitCode {
    let console = common.console
    let schedule = ArrivalSchedule(
      .constant(rate.rate, for: duration.span), spacing: arrivals.spacing, seed: common.seed)
    var settings = LoadSettings(
      .open(schedule), connections: connections, timeout: timeout.span, limits: target.limits)
    settings.streamsPerConnection = target.language.streams
    let first = try target.target(seed: common.seed)
    // Over HTTP/2 there is no connection for one request alone to compare with.
    let fresh = first.keepsAlive && first.language == .http1 ? try target.target(seed: common.seed, closes: true) : nil
    var test = ColdStartTest(first, settings, fresh: fresh, command: command)
    test.patience = patience.span
    Interruption.install()
    defer { Interruption.uninstall() }
    let view = LiveView(console, expected: duration.span)
    let result = try test.run(
      isInterrupted: { Interruption.isRequested }, onSecond: { view.show($0) },
      onListening: { console.note("Takes connections after \(NumberFormat.duration(.seconds($0))).") })
    view.end(wasInterrupted: Interruption.isRequested)
    if common.format == .json {
      var json = JSONWriter(pretty: true)
      result.write(to: &json) { json in
        json.key("url")
        json.string(target.url)
        json.key("seed")
        json.integer(Int(truncatingIfNeeded: common.seed))
      }
      console.print(json.text)
    } else {
      write(result, to: console)
    }
    for invalidity in result.load.invalidities where invalidity.kind != .interrupted {
      console.warn("INVALID: \(invalidity.problem). To do: \(invalidity.remedy).")
    }
    if Interruption.isRequested { return .interrupted }
    if result.load.completed == 0 {
      console.error("no request was answered at \(target.url); start the service, or check the address.")
      return .unavailable
    }
    return .done
  }

  private func write(_ result: ColdStartResult, to console: Console) {
    func span(_ seconds: Double?) -> String { seconds.map { NumberFormat.duration(.seconds($0)) } ?? "-" }
    let from = command == nil ? "the first request" : "the command's start"
    var times = TextTable([.init("from \(from)"), .init("", .right)])
    if command != nil { times.add(["takes connections", span(result.timeToListening)]) }
    times.add(["first good answer", span(result.timeToFirstAnswer)])
    times.add(["steady", result.isSteadyReached ? span(result.timeToSteady) : "not reached"])
    console.write(times.text(width: console.width, style: console.style))
    console.print()
    var names: [TextTable.Column] = [.init("latency"), .init("requests", .right)]
    for name in ["mean", "P50", "P90", "P99", "max"] { names.append(.init(name, .right)) }
    var table = TextTable(names)
    func row(_ name: String, _ spectrum: LatencySpectrum) {
      guard spectrum.count > 0 else { return }
      table.add(
        [name, NumberFormat.grouped(Double(spectrum.count)), LoadText.time(spectrum.mean)]
          + [0.5, 0.9, 0.99].map { LoadText.time(spectrum.quantile($0)) } + [LoadText.time(spectrum.maximum)])
    }
    row(result.isSteadyReached ? "cold" : "all", result.cold)
    row("steady", result.steady)
    row("steady, seen for the first time", result.firstTime)
    row("steady, seen before", result.again)
    console.write(table.text(width: console.width, style: console.style))
    if result.isSteadyReached, result.coldRequests == 0 {
      console.print("No cold start shows: the beginning is as the rest.")
    } else if !result.isSteadyReached {
      console.warn("no steady state was reached: let it run longer, with --duration.")
    }
    if result.coldFailures > 0 {
      console.print("Failed while cold: \(result.coldFailures) of \(result.coldRequests) requests")
    }
    if let first = result.firstRequest { console.print("The very first request took \(LoadText.time(first))") }
    if let cost = result.connectionCost {
      console.print(
        "A new connection costs \(LoadText.time(cost)): P50 \(LoadText.time(result.newConnection)) with, "
          + "\(LoadText.time(result.keptConnection)) without")
    }
  }
}
