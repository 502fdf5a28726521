import Documents
import LoadTesting
import Quantities
import Reporting
import Terminal

struct LoadChaosVerb: Verb {
  static let info = VerbInfo(
    "chaos", "what do users see when the network or a process fails, and how long until they see nothing of it?",
    discussion: """
      A TCP proxy before a service makes the network as bad as told: latency and jitter (added to what the service \
      sends), bandwidth (of each connection, in each direction), reset, half-open (bytes vanish and nobody answers), \
      slow-close. Options hold all the time, --at for a while, --faults reads a schedule. --signal stops (STOP), \
      continues (CONT), ends (TERM) or kills (KILL) a process that you name, and only such.

      With --load the service is loaded through the proxy on the same clock, in an open loop. The report says, for each \
      fault, the availability while it lasted and the recovery time: from its end until the latency and the errors were \
      back within what was usual before the first fault.
      """,
    examples: [
      Example(
        "headroom load chaos --listen 127.0.0.1:9000 --to localhost:8080 --latency 100ms --jitter 20ms",
        "a slow network"),
      Example(
        "headroom load chaos --to localhost:8080 --load http://localhost:8080/ --rate 200/s --duration 40s "
          + "--at '10s..15s half-open' --at '25s..30s latency=200ms,reset=10%'", "load and faults together"),
      Example(
        "headroom load chaos --to localhost:8080 --load http://localhost:8080/ --duration 20s --signal 1234:STOP@8s "
          + "--signal 1234:CONT@10s", "a service that hangs for two seconds"),
    ], seeAlso: ["load", "load mirror"], section: "Testing")

  let common: SharedOptions
  let listen: AddressArgument?
  let service: AddressArgument
  let duration: SpanArgument?
  let always: [(word: String, value: String?)]
  let at: [String]
  let signals: [String]
  let file: String?
  /// What is loaded through the proxy.
  let target: TargetArguments
  let rate: ConstantRateArguments
  let warmup: SpanArgument
  let pace: ConnectionArguments
  let thresholds: ThresholdArguments
  let output: LoadOutputArguments

  init(_ a: inout Arguments) throws(UsageError) {
    a.section("Proxy")
    listen = try a.option("listen", value: "HOST:PORT", help: "where clients connect to (with --load: any free port)")
    service = try a.option("to", value: "HOST:PORT", help: "the service")
    duration = try a.option("duration", short: "d", value: "TIME", help: "end by itself after this time")
    a.section("Faults")
    var always: [(word: String, value: String?)] = []
    for (word, value, help) in [
      ("latency", "TIME", "added to what the service sends"),
      ("jitter", "TIME", "latency varies by plus or minus so much"),
      ("bandwidth", "SIZE/s", "of each connection, in each direction"),
      ("reset", "SHARE", "of new connections that are reset, as 10%"),
      ("slow-close", "TIME", "ends of connections are passed on so much later"),
    ] {
      let text: String? = try a.option(word, value: value, help: help)
      if let text { always.append((word, text)) }
    }
    if a.flag("half-open", help: "connections swallow everything and stay silent") { always.append(("half-open", nil)) }
    self.always = always
    at = try a.options(
      "at", value: "'FROM..TO FAULT,...'", help: "for a while: '10s..20s latency=100ms,jitter=20ms'")
    signals = try a.options("signal", value: "PID:SIGNAL@TIME", help: "STOP, CONT, TERM or KILL: 1234:STOP@3s")
    file = try a.option(
      "faults", value: "FILE", help: "a schedule in YAML", completion: .files(["yaml", "yml"]))
    a.section("Load")
    target = try TargetArguments(&a, option: ("load", "load this service through the proxy and report recovery"))
    a.section("Load")
    rate = try ConstantRateArguments(&a, perSecond: 100)
    warmup = try a.option(
      "warmup", value: "TIME", default: SpanArgument(.seconds(1)), help: "the beginning that is not usual yet")
    pace = try ConnectionArguments(&a, connections: 1000, timeout: .seconds(5))
    a.section("Result")
    thresholds = try ThresholdArguments(&a, help: "exit with 2 where the load's figures are not so")
    output = try LoadOutputArguments(&a, for: "load --checklist")
    let needsListen = listen != nil || target.isGiven
    a.check(needsListen, "There is nobody to connect. Write --listen 127.0.0.1:9000, or --load URL.")
    let keepsLoad = output.store == nil || target.isGiven
    a.check(keepsLoad, "'--store' keeps the result of a load. Add --load URL.")
    common = try SharedOptions(&a, formats: [.text, .html, .json, .markdown], seed: 1)
  }

  private func schedule() throws -> FaultSchedule {
    var faults: [Fault] = []
    var problems: [String] = []
    func take(_ read: () throws(LoadTestingError) -> Fault) {
      do throws(LoadTestingError) { faults.append(try read()) } catch { problems.append("\(error).") }
    }
    if !always.isEmpty {
      let text = always.map { word, value in value.map { "\(word)=\($0)" } ?? word }.joined(separator: ",")
      take { () throws(LoadTestingError) in Fault(start: .zero, end: nil, .toxics(try Toxics(text))) }
    }
    for text in at { take { () throws(LoadTestingError) in try Fault(at: text) } }
    for text in signals { take { () throws(LoadTestingError) in try Fault(signal: text) } }
    if !problems.isEmpty { throw Failure(problems, exitCode: .usage) }
    if let file { faults += try FaultSchedule(yaml: try Input.read(path: file), file: file).faults }
    return FaultSchedule(faults)
  }

  func run() throws -> ExitCode {
    let schedule = try schedule()
    let console = common.console
    var settings = ChaosProxy.Settings(
      listenHost: listen?.host ?? "127.0.0.1", listenPort: listen?.port ?? 0, schedule)
    settings.seed = common.seed
    if target.isGiven { return try runLoaded(settings) }
    settings.duration = duration?.span
    let proxy = try ChaosProxy(to: place(), settings)
    console.note(
      "Listening on \(settings.listenHost):\(proxy.port), passing on to \(service.argumentText). Ctrl-C ends it with a "
        + "report.")
    Interruption.install()
    defer { Interruption.uninstall() }
    let result = try proxy.run(
      isInterrupted: { Interruption.isRequested }, onFault: { console.note("\($0)") })
    let page = result.report(to: service.argumentText, provenance: LoadOutput.provenance(common))
    LoadOutput.write(page, json: result.json(question), common) { $0.write(result.terminal()) }
    tell(result)
    return Interruption.isRequested && duration != nil ? .interrupted : .done
  }

  private var question: LoadQuestion {
    var question = LoadQuestion([("to", .text(service.argumentText)), ("seed", LoadQuestion.seed(common.seed))])
    if target.isGiven { question.entries.append(("url", .text(target.url))) }
    return question
  }

  /// The service behind the proxy: only its address counts.
  private func place() throws -> LoadTarget {
    try LoadTarget(url: "http://\(service.host):\(service.port)", allowedHosts: target.allowedHosts)
  }

  private func tell(_ result: ChaosResult) {
    if common.format != .json { for warning in result.warnings { common.console.warn(warning) } }
  }

  private func runLoaded(_ proxy: ChaosProxy.Settings) throws -> ExitCode {
    let console = common.console
    // The connection goes to the service that the proxy stands before; the URL's host is only its name.
    let loaded = try target.target(seed: common.seed, timeout: pace.timeout)
    var settings = LoadSettings(
      .open(rate.schedule(for: duration?.span ?? .seconds(30), seed: common.seed)), connections: pace.connections,
      timeout: pace.timeout, warmup: warmup.span, limits: target.limits)
    settings.streamsPerConnection = target.language.streams
    Interruption.install()
    defer { Interruption.uninstall() }
    let view = LiveView(console, expected: settings.duration)
    let result = try ChaosTest(loaded, at: place(), settings, proxy).run(
      isInterrupted: { Interruption.isRequested }, onSecond: { view.show($0) },
      onFault: { console.note("\($0)") })
    view.end(wasInterrupted: Interruption.isRequested)
    let expectations = thresholds.expectations
    let json = result.json(question, expectations: expectations)
    let page = result.report(
      url: target.url, expectations: expectations, provenance: LoadOutput.provenance(common))
    LoadOutput.write(page, json: json, common) { console in
      console.write(
        result.terminal(
          url: target.url, expectations: expectations, width: console.width, style: console.style))
    }
    tell(result.chaos)
    console.warn(of: result.load.invalidities)
    if Interruption.isRequested { return .interrupted }
    try output.keep(json, kind: LoadDocument.chaos.rawValue, otherwise: target.url, console: console)
    // A fault that holds answers back holds connections too.
    return result.load.ending(isMet: thresholds.areMet(by: result.load), except: [.tooFewConnections])
  }
}
