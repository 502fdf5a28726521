import LoadTesting
import Quantities
import Reporting
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
  let rate: ConstantRateArguments
  let duration: SpanArgument
  let pace: ConnectionArguments
  let output: LoadOutputArguments

  init(_ a: inout Arguments) throws(UsageError) {
    target = try TargetArguments(&a)
    a.section("Cold start")
    command = try a.option("start", value: "'COMMAND'", help: "starts the service; it is ended when the test is over")
    patience = try a.option(
      "patience", value: "TIME", default: SpanArgument(.minutes(5)),
      help: "how long the command has to take connections")
    rate = try ConstantRateArguments(&a, perSecond: 50)
    duration = try a.option(
      "duration", short: "d", value: "TIME", default: SpanArgument(.seconds(30)), help: "how long it is loaded")
    pace = try ConnectionArguments(&a, timeout: .seconds(60))
    a.section("Result")
    output = try LoadOutputArguments(&a, for: "load --checklist")
    a.check(
      command == nil || target.allowedHosts.isEmpty,
      "'--start' starts a service on this machine. Leave out --allow-host.")
    common = try SharedOptions(&a, formats: [.text, .html, .json, .markdown], seed: 1)
  }

  func run() throws -> ExitCode {
    let console = common.console
    var settings = LoadSettings(
      .open(rate.schedule(for: duration.span, seed: common.seed)), connections: pace.connections, timeout: pace.timeout,
      limits: target.limits)
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
    let json = result.json(LoadQuestion(url: target.url, seed: common.seed))
    let page = result.report(
      url: target.url, isStarted: command != nil, provenance: LoadOutput.provenance(common))
    LoadOutput.write(page, json: json, common) { console in
      console.write(result.terminal(isStarted: command != nil, width: console.width, style: console.style))
      for warning in result.warnings { console.warn(warning) }
    }
    console.warn(of: result.load.invalidities)
    if Interruption.isRequested { return .interrupted }
    try output.keep(json, kind: LoadDocument.cold.rawValue, otherwise: target.url, console: console)
    if result.load.completed == 0 {
      console.error("no request was answered at \(target.url); start the service, or check the address.")
      return .unavailable
    }
    return result.load.ending(isMet: true, except: [.tooFewConnections])
  }
}
