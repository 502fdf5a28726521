import Connecting
import Documents
import Planning
import Quantities
import Reporting
import Scaling
import Serving
import Simulating
import Terminal
import Traffic

struct SimulateVerb: Verb {
  static let info = VerbInfo(
    "simulate", "what will this autoscaler do on this traffic?",
    discussion: """
      Runs the plan's policy and its alternatives through the fluid world: demand arrives, replicas start in stages, \
      measurements reach the policy late, requests wait or are turned away. Shows what was served, what it cost, \
      and why the worst minute was bad. Nodes with an autoscaler of their own, incidents, batch work and the way of \
      measurements are told under 'simulation' in the plan.

      With --batch it answers one JSON question a line: {"id", "policy": {"threshold": {"qps_per_instance", \
      "scale_up_threshold", "scale_down_threshold", "min_instances", "max_instances"}}, "initial_instances", \
      "trace": [...]} gives {"id", "replicas": [...]}, as the reference autoscaler does, quirks included.

      The world of requests simulates every single one. With --world requests --batch a question is one line before \
      several servers: {"id", "servers", "arrival": {"rate", "scv"}, "service": {"mean", "scv"}, "customers", "seed"} \
      gives {"id", "wait_mean", "wait_p99", "utilization", "ci95", "customers_per_second"}: times in the unit of \
      'mean', 'ci95' half the width of the mean's 95 % interval, customers by processor time. 'scv' is the squared \
      coefficient of variation: 0 constant, 1 exponential, between gamma, above 1 two exponentials of balanced means. \
      A question with "demand": {"rates", "step"} is a service with its clients, their timeouts and retries: see \
      docs/how-to/simulate.md.

      The world of tokens schedules every step of a language model's replicas as vLLM does. With --model and --gpu FILE \
      holds recorded requests: lines of {"arrival_s", "input_tokens", "output_tokens", "prefix"?}, Azure's or Mooncake's \
      traces as they are, or a log of vLLM requests.
      """,
    examples: [
      Example("headroom simulate plan.yaml", "the policies side by side"),
      Example("headroom simulate plan.yaml -o simulation.html", "as a page with timelines"),
      Example("headroom simulate plan.yaml --over history", "what it would have done until now"),
      Example("headroom simulate plan.yaml --trace incident.csv", "on a recorded day of its own"),
      Example(
        "headroom simulate plan.yaml --world requests --timeout 1s --attempts 3", "the busiest hour, retries and all"),
      Example("headroom simulate plan.yaml --futures 200", "and how sure that is"),
      Example(
        "headroom simulate --world tokens requests.jsonl --model Llama-3.1-8B --gpu H100 --replicas 8",
        "recorded requests to a language model, token by token"),
      Example(
        "headroom simulate --world tokens --sessions most --dram 1TB --model Llama-3.1-8B --gpu H100 --objective 'ttft p99: 2s'",
        "how many agents at once a card carries, and what memory beside it buys"),
      Example("headroom simulate --batch < questions.ndjson", "the reference autoscaler, exactly"),
      Example("headroom simulate --world requests --batch < lines.ndjson", "queues, customer by customer"),
    ], seeAlso: ["plan", "tune", "replay"], section: "Plan")

  let common: SharedOptions
  let file: String?
  let catalog: String?
  let isBatch: Bool
  let world: WorldChoice
  let over: DemandChoice
  let traceFile: String?
  let time: String?
  let value: String?
  let futures: Int
  let service: String?
  let access: PlanAccess
  let requests: RequestOptions
  let tokens: TokenOptions

  enum WorldChoice: String, CaseIterable, ArgumentValue, Sendable { case fluid, requests, tokens }
  enum DemandChoice: String, CaseIterable, ArgumentValue, Sendable { case forecast, history }

  init(_ a: inout Arguments) throws(UsageError) {
    isBatch = a.flag("batch", help: "answer one JSON question a line from standard input")
    world = try a.option(
      "world", value: "WORLD", default: .fluid,
      help: "demand as a fluid, every single request, or every token of a language model")
    over = try a.option(
      "over", value: "DEMAND", default: .forecast, help: "one likely future of the forecast, or the plan's history")
    traceFile = try a.option(
      "trace", value: "FILE", help: "over the demand in this CSV, CSV.gz or NDJSON file instead",
      completion: .files(["csv", "gz", "ndjson"]))
    time = try a.option("time", value: "COLUMN", help: "the trace's column of times (guessed where absent)")
    value = try a.option("value", value: "COLUMN", help: "the trace's column of rates (guessed where absent)")
    futures = try a.option(
      "futures", value: "N", default: 0, help: "besides, the plan's own policy over so many sampled futures")
    a.check((0...100_000).contains(futures), "'--futures' is 0 to 100000. Write --futures 200.")
    let isTwice = traceFile != nil && a.isGiven("over")
    a.check(!isTwice, "'--trace' is a demand of its own. Leave out --over.")
    let hasColumns = time != nil || value != nil
    a.check(traceFile != nil || !hasColumns, "'--time' and '--value' are columns of a trace. Name it with --trace.")
    requests = try RequestOptions(&a)
    let asksRequests = requests.isGiven
    let isRequests = world == .requests
    let isTokens = world == .tokens
    // How requests come is of both; what their clients do, and the lines, are of the first.
    let isOfRequests = isRequests || isTokens && !requests.asksClients
    a.check(
      isOfRequests || !asksRequests, "'\(requests.firstGiven)' is of single requests. Add --world requests.")
    tokens = try TokenOptions(&a)
    let asksTokens = tokens.isGiven
    a.check(isTokens || !asksTokens, "'\(tokens.firstGiven)' is of a language model. Add --world tokens.")
    let asksBoth = world != .fluid && futures > 0
    a.check(!asksBoth, "'--futures' are simulated as a fluid. Leave out --world \(world.rawValue).")
    service = try ServiceOption.read(&a)
    access = try AccessOptions.read(&a)
    catalog = try a.option("catalog", value: "FILE", help: "a catalog file of your own", completion: .files(["json"]))
    file = try a.positional(
      "FILE", help: "the plan file; with --model, recorded requests to it",
      completion: .files(["yaml", "yml", "jsonl", "ndjson", "csv", "gz"]))
    common = try SharedOptions(&a, formats: [.text, .html, .json, .markdown], seed: 1, now: true)
    let isOfSessions = tokens.sessions.seats != nil
    let isTwo = isOfSessions && file != nil
    a.check(!isTwo, "'--sessions' take the place of recorded requests. Leave out the file.")
    let hasModel = !isOfSessions || tokens.model != nil || tokens.config != nil
    a.check(hasModel, "'--sessions' need a language model. Add --model Llama-3.1-8B --gpu H100.")
    let isGiven = file != nil || isBatch || isOfSessions
    a.check(isGiven, "No plan file is named. Write 'headroom simulate plan.yaml'.")
  }

  func run() throws -> ExitCode {
    if isBatch {
      return world == .requests
        ? try WaitingLineBatch(console: common.console, seed: common.seed).run() : try answerQuestions()
    }
    if world == .tokens, tokens.sessions.seats != nil { return try tokens.play(catalogFile: catalog, common: common) }
    guard let file else { return .usage }
    if world == .tokens, tokens.model != nil || tokens.config != nil {
      return try tokens.replay(file, catalogFile: catalog, common: common)
    }
    let loaded = try LoadedPlan(file: file, common: common, catalogFile: catalog, access: access, service: service)
    return try loaded.plan.currency.shown { try simulate(loaded, file) }
  }

  private func simulate(_ loaded: LoadedPlan, _ file: String) throws -> ExitCode {
    var outcome = try loaded.outcome(seed: common.seed)
    let demand = try demand(loaded)
    if world == .requests { return try simulateRequests(outcome, demand, planFile: file) }
    if world == .tokens { return try simulateTokens(outcome, demand, planFile: file) }
    if let demand {
      outcome.simulations = Planner.simulations(
        of: outcome, over: Workload(series: demand.series), named: demand.name, seed: common.seed)
    }
    guard !outcome.simulations.isEmpty else {
      throw Failure(
        "There is nothing to simulate: the plan states an average instead of naming a source. Add source: { csv: traffic.csv } under traffic.",
        exitCode: .badInput)
    }
    var spread: SimulatedFutures?
    if futures > 0 {
      spread = Planner.futures(of: outcome, count: futures, seed: common.seed) { ParallelMap.map($0, $1) }
      if spread == nil { common.console.warn("the plan has no forecast: '--futures' was left out.") }
    }
    try ReportWriting.write(simulations: outcome, futures: spread, planFile: file, common)
    let isMet = outcome.simulations.first?.outcome.meets(outcome.plan.service.objective) ?? true
    return isMet ? .done : .objectiveMissed
  }

  private func simulateRequests(
    _ outcome: PlanOutcome, _ demand: (series: TimeSeries<RequestRate>, name: String)?, planFile: String
  ) throws -> ExitCode {
    guard outcome.plan.service.model.mid.knowsSingleRequests else {
      throw Failure(
        "The plan's service tells no time of a request, so that single ones cannot be simulated. Add service time: 20ms under service.",
        exitCode: .badInput)
    }
    guard
      let simulation = Planner.requests(
        of: outcome, over: demand?.series, named: demand?.name, window: requests.window, clients: requests.clients,
        arrivals: try requests.planned(), queue: requests.queue, balancing: requests.balancing, mix: requests.kinds,
        seed: common.seed)
    else {
      throw Failure(
        "There is nothing to simulate: the plan states an average instead of naming a source. Add source: { csv: traffic.csv } under traffic, or name a trace with --trace.",
        exitCode: .badInput)
    }
    try ReportWriting.write(
      requests: simulation, of: outcome, planFile: planFile,
      options: ["--world", "requests"] + requests.words + (traceFile.map { ["--trace", $0] } ?? []), common)
    return simulation.policy.outcome.meets(outcome.plan.service.objective) ? .done : .objectiveMissed
  }

  private func simulateTokens(
    _ outcome: PlanOutcome, _ demand: (series: TimeSeries<RequestRate>, name: String)?, planFile: String
  ) throws -> ExitCode {
    guard outcome.plan.service.model.mid is any TokenService else {
      throw Failure(
        "The plan's service is no language model, so that there are no tokens to simulate. Describe it by llm: and gpu: under service, or give recorded requests with --model and --gpu.",
        exitCode: .badInput)
    }
    let simulation = Planner.tokens(
      of: outcome, over: demand?.series, named: demand?.name, window: requests.window,
      arrivals: try requests.arrivals(),
      routing: tokens.isRoutingGiven ? tokens.routing : nil, seed: common.seed)
    guard let simulation else {
      throw Failure(
        "There is nothing to simulate: the plan states an average instead of naming a source. Add source: { csv: traffic.csv } under traffic, or name a trace with --trace.",
        exitCode: .badInput)
    }
    try ReportWriting.write(
      tokens: simulation, of: outcome, planFile: planFile,
      options: ["--world", "tokens"] + requests.words + tokens.words + (traceFile.map { ["--trace", $0] } ?? []),
      common)
    return simulation.policy.outcome.meets(outcome.plan.service.objective) ? .done : .objectiveMissed
  }

  /// The demand that was asked for; nil for the plan's own likely future.
  private func demand(_ loaded: LoadedPlan) throws -> (series: TimeSeries<RequestRate>, name: String)? {
    let trace: Trace
    let name: String
    if let traceFile {
      let options = TraceOptions(zone: loaded.plan.zone, unit: loaded.plan.demand.unit, step: nil)
      trace = try TraceFile.trace(file: traceFile, time: time, value: value, options: options)
      name = traceFile
    } else if over == .history, let history = loaded.trace {
      trace = history
      name = "the history"
    } else {
      return nil
    }
    let series = trace.series.interpolated()
    guard series.count > 1, series.rawValues.contains(where: { $0.isFinite }) else {
      throw Failure("'\(name)' has no two values to run over. Choose another file or column.", exitCode: .badInput)
    }
    return (series, name)
  }

  private func answerQuestions() throws -> ExitCode {
    try Batch(common.console).run { (node, writer) throws(BatchFault) in
      let question = try ThresholdQuestion(node)
      writer.key("replicas")
      writer.array { writer in for n in question.replicas { writer.integer(n) } }
    }
  }
}

/// One question for the reference autoscaler.
struct ThresholdQuestion {
  let replicas: [Int]

  init(_ node: Node) throws(BatchFault) {
    guard let policyNode = node["policy"] else {
      throw BatchFault(code: "missing", message: "'policy' is missing: write {\"threshold\": {...}}.", path: "policy")
    }
    guard let threshold = policyNode["threshold"] else {
      let name = policyNode.entries?.first?.key ?? ""
      throw BatchFault(
        code: "unknown-policy", message: "'\(name)' is not a policy of this stream; write 'threshold'.", path: "policy")
    }
    func number(_ key: String, _ fallback: Double) throws(BatchFault) -> Double {
      guard let value = threshold[key] else { return fallback }
      guard let number = value.number, number.isFinite else {
        throw BatchFault(
          code: "not-a-number", message: "'\(key)' must be a finite number.", path: "policy.threshold.\(key)")
      }
      return number
    }
    func whole(_ node: Node?, _ path: String, _ fallback: Int) throws(BatchFault) -> Int {
      guard let node else { return fallback }
      guard let value = node.integer else {
        throw BatchFault(code: "not-a-count", message: "'\(path)' must be a whole number.", path: path)
      }
      return value
    }
    let policy = ThresholdPolicy(
      capacityPerReplica: .perSecond(try number("qps_per_instance", 2000)),
      scaleUp: .fraction(try number("scale_up_threshold", 0.8)),
      scaleDown: .fraction(try number("scale_down_threshold", 0.3)),
      minimum: try whole(threshold["min_instances"], "policy.threshold.min_instances", 1),
      maximum: try whole(threshold["max_instances"], "policy.threshold.max_instances", 100))
    guard let trace = node["trace"]?.numbers else {
      throw BatchFault(code: "missing", message: "'trace' must be an array of numbers.", path: "trace")
    }
    do {
      replicas = try ReferenceAutoscaler.simulate(
        trace: trace, initial: try whole(node["initial_instances"], "initial_instances", 1), policy: policy)
    } catch let error as ScalingError {
      throw BatchFault(code: "\(error.code)", message: "\(error)", path: "")
    } catch let fault as BatchFault {
      throw fault
    } catch {
      throw BatchFault(code: "failed", message: "\(error)", path: "")
    }
  }
}
